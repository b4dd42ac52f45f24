import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './command.mjs';
import { withSetupLock } from './lock.mjs';
import { root } from './root.mjs';
import { SetupError, say } from './say.mjs';

const MIN_NODE = [20, 9];

/** @throws SetupError where this Node is older than Next and the tools need */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  throw new SetupError(`Node ${MIN_NODE.join('.')} or newer is needed; this is ${version}`);
}

/** Installs npm packages where they are missing or not those of package-lock.json. */
export async function ensurePackages() {
  if (packagesAreCurrent()) return;
  await withSetupLock('npm packages', async (started) => {
    if (packagesAreCurrent()) return;
    say('installing npm packages (npm ci) ...');
    const startedMs = Date.now();
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    const npm = process.env.npm_execpath;
    // Started by npm: the same npm again. A build environment's NODE_ENV=production must not leave tools out.
    const env = { NODE_ENV: '' };
    const { code, tail } = npm?.endsWith('.js')
      ? await runProgram(process.execPath, [npm, ...args], { env, started })
      : await runProgram('npm', args, { env, started });
    if (code !== 0)
      throw new SetupError(
        `npm packages could not be installed: ${reasonOf(tail, code)}; then run the same command again`,
      );
    say(`npm packages installed in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  });
}

function reasonOf(tail, code) {
  const network = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b/.exec(tail);
  if (network) return `the npm registry cannot be reached (${network[1]}); check the network or npm's proxy settings`;
  if (/\bENOSPC\b/.test(tail)) return 'the disk is full (ENOSPC); make room';
  if (/\bEACCES\b/.test(tail)) return 'no right to write here (EACCES); check who owns the checkout';
  if (code === 127) return 'npm was not found; install it beside Node';
  return `npm ci ended with code ${code}, see its message above`;
}

/** True where node_modules holds every package of package-lock.json in its version. npm writes its own list last. */
export function packagesAreCurrent(directory = root) {
  let wanted;
  try {
    wanted = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8')).packages;
  } catch {
    throw new SetupError('package-lock.json is missing or unreadable; this is not a whole checkout');
  }
  let present;
  try {
    present = JSON.parse(readFileSync(join(directory, 'node_modules/.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '') return true;
    const found = present[name];
    // What is only for other platforms stays away.
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}
