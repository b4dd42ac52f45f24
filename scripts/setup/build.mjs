import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runProgram } from './command.mjs';
import { withSetupLock } from './lock.mjs';
import { root } from './root.mjs';
import { SetupError, say } from './say.mjs';

/** What the built pages depend on. */
const INPUTS = ['app', 'lib', 'public', 'next.config.js', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json'];

/** Builds the dashboard where it is missing or was built from other sources. */
export async function ensureBuild() {
  const output = resolve(root, process.env.STALLSCOPE_NEXT_DIR ?? '.next');
  const stamp = join(output, 'stallscope-inputs');
  const isCurrent = (hash) =>
    existsSync(join(output, 'BUILD_ID')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (isCurrent(hashInputs())) return;
  await withSetupLock('dashboard', async (started) => {
    const hash = hashInputs();
    if (isCurrent(hash)) return;
    say('building the dashboard (next build) ...');
    const startedMs = Date.now();
    const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
    const next = join(root, 'node_modules/next/dist/bin/next');
    const { code, tail } = await runProgram(process.execPath, [next, 'build'], { env, quiet: true, started });
    if (code !== 0) {
      process.stderr.write(tail);
      throw new SetupError(
        `the dashboard could not be built (next build ended with code ${code}); see its message above`,
      );
    }
    writeFileSync(stamp, hash);
    say(`dashboard built in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  });
}

/** One hash over names and contents, so that a checkout or a copy does not build again. */
function hashInputs() {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    const path = join(root, input);
    if (!existsSync(path)) continue;
    for (const file of filesUnder(path, input))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path, name) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [name];
    throw error;
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesUnder(join(path, entry.name), `${name}/${entry.name}`));
}
