import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
let checkout: string;

/** A checkout in which nothing is installed, and an npm of our own before the real one. */
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'setup-'));
  cpSync(join(ROOT, 'scripts'), join(checkout, 'scripts'), { recursive: true });
  const lock = { packages: { '': {}, 'node_modules/tsx': { version: '1.0.0', integrity: 'sha512-x' } } };
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify(lock));
  mkdirSync(join(checkout, 'bin'));
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function fakeNpm(script: string): void {
  const file = join(checkout, 'bin/npm');
  writeFileSync(file, `#!/bin/sh\necho "$@" >> "${checkout}/npm-calls"\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Installs a tsx that says hello, slowly enough for a second command to come in between. */
const INSTALL = `sleep 1
mkdir -p node_modules/tsx/dist cli
echo 'console.log("ran " + process.argv.slice(2).join(" ")); process.exit(0)' > node_modules/tsx/dist/loader.mjs
echo '' > cli/main.ts
cp package-lock.json node_modules/.package-lock.json
echo 'added 1 package'`;

function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const { npm_execpath: _, ...env } = process.env;
    const child = spawn(process.execPath, [join(checkout, 'scripts/run.mjs'), ...args], {
      env: { ...env, PATH: `${join(checkout, 'bin')}${delimiter}${process.env.PATH}` } as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const calls = () => readFileSync(join(checkout, 'npm-calls'), 'utf8').trim().split('\n');

it('installs what is missing, then runs the command; stdout is the command’s alone', async () => {
  fakeNpm(INSTALL);
  const { code, stdout, stderr } = await run('check', '--json');
  expect([code, stdout]).toEqual([0, 'ran check --json\n']);
  expect(stderr).toContain('installing npm packages');
  expect(calls()).toEqual(['ci --ignore-scripts --no-audit --no-fund']);
  expect((await run('check')).stderr).toBe('');
  expect(calls()).toHaveLength(1);
});

it('two commands started together install once, and both run', async () => {
  fakeNpm(INSTALL);
  const both = await Promise.all([run('config'), run('check')]);
  expect(both.map(({ code, stdout }) => [code, stdout])).toEqual([
    [0, 'ran config\n'],
    [0, 'ran check\n'],
  ]);
  expect(calls()).toHaveLength(1);
});

it.each([
  ['echo "npm error code ENOTFOUND" >&2; exit 1', 'the npm registry cannot be reached (ENOTFOUND)'],
  ['echo "npm error ENOSPC: no space left" >&2; exit 1', 'the disk is full (ENOSPC)'],
  ['exit 7', 'npm ci ended with code 7'],
])('says in one sentence why it cannot (%s)', async (script, reason) => {
  fakeNpm(script);
  const { code, stdout, stderr } = await run('check');
  const last = stderr.trim().split('\n').at(-1);
  expect([code, stdout]).toEqual([1, '']);
  expect(last).toMatch(/^stallscope: npm packages could not be installed: /);
  expect(last).toContain(reason);
  expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
});

it('a killed set-up does not block the next one, which waits for the npm that is left over', async () => {
  fakeNpm('exec sleep 2');
  const { npm_execpath: _, ...env } = process.env;
  const killed = spawn(process.execPath, [join(checkout, 'scripts/run.mjs'), 'check'], {
    env: { ...env, PATH: `${join(checkout, 'bin')}${delimiter}${process.env.PATH}` } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve) => killed.stderr.on('data', () => resolve()));
  killed.kill('SIGKILL');
  fakeNpm(INSTALL);
  expect((await run('check')).code).toBe(0);
});
