// Everything that must hold: set-up, lint, types, then the tests. Node built-ins only, as run.mjs.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuild } from './setup/build.mjs';
import { ensureDebianPackages } from './setup/debian.mjs';
import { checkNode, ensurePackages } from './setup/packages.mjs';
import { addCounts, countTests, summaryLine } from './setup/report.mjs';
import { root } from './setup/root.mjs';
import { runMain, SetupError } from './setup/say.mjs';

const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** Prints a headline, runs a Node program with our terminal, tells how long it took. @returns whether it succeeded */
async function section(title, args, env = {}) {
  console.log(`\n=== ${title}`);
  const startedMs = Date.now();
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', () => resolve(127));
    child.on('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  console.log(
    `--- ${title}: ${code === 0 ? 'ok' : `FAILED (exit code ${code})`}, ${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  return code === 0;
}

await runMain(async () => {
  console.log('=== set-up');
  checkNode();
  await ensurePackages();
  const missing = await ensureDebianPackages('test');
  await ensureBuild();
  console.log(`--- set-up: ${missing.length === 0 ? 'ok' : `without ${missing.join(', ')}; their tests are skipped`}`);

  const failures = [];
  if (!(await section('lint', [biome, 'check', '.']))) failures.push('lint');
  if (!(await section('types', [tsc, '-p', 'tsconfig.check.json']))) failures.push('types');

  const reports = mkdtempSync(join(tmpdir(), 'stallscope-test-'));
  let counts = { passed: 0, failed: 0, skipped: 0 };
  const projects = [
    ['unit', 'unit and contract tests'],
    ['system', 'integration and browser tests'],
  ];
  for (const [project, title] of projects) {
    const report = join(reports, `${project}.json`);
    const args = [
      vitest,
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    // PORT and the data directory of whoever runs the tests must not reach what they start.
    const env = { PORT: '', STALLSCOPE_DATA: '', NODE_ENV: 'test' };
    if (!(await section(title, args, env))) failures.push(title);
    counts = addCounts(counts, countTests(report));
  }
  rmSync(reports, { recursive: true, force: true });

  if (failures.length > 0) console.log(`\nFAILED: ${failures.join(', ')}`);
  console.log(`\n${summaryLine(counts)}`);
  if (failures.length > 0 || counts.failed > 0) process.exitCode = 1;
  if (counts.passed === 0) throw new SetupError('no test ran');
});
