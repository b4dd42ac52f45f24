import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './command.mjs';
import { withSetupLock } from './lock.mjs';
import { root } from './root.mjs';
import { say } from './say.mjs';

/**
 * Installs the Debian packages of a purpose where this is root on Debian; else names the line to run.
 * @returns the packages that are still missing
 */
export async function ensureDebianPackages(purpose) {
  if (missingPackages(purpose).length === 0) return [];
  return withSetupLock('Debian packages', async (started) => {
    const missing = missingPackages(purpose);
    if (missing.length === 0) return [];
    const line = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
    if (!existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) {
      say(`not Debian: install the counterparts of ${missing.join(', ')} yourself; going on without`);
      return missing;
    }
    if (process.getuid?.() !== 0) {
      say(`not root: to have everything, run: sudo sh -c '${line}'; going on without ${missing.join(', ')}`);
      return missing;
    }
    say(`installing Debian packages: ${missing.join(' ')} ...`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    // A stale package list is not fatal where the packages can be had all the same.
    await runProgram('apt-get', ['update', '-q'], { env, quiet: true, started });
    const install = ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...missing];
    const { code, tail } = await withoutServices(() => runProgram('apt-get', install, { env, quiet: true, started }));
    const still = missingPackages(purpose);
    if (still.length > 0) {
      const last = tail.trim().split('\n').at(-1) ?? '';
      say(`apt-get could not install ${still.join(', ')} (code ${code}: ${last}); run: ${line}; going on without`);
    }
    return still;
  });
}

/** What Debian asks whether a service of a new package may start. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs without starting the packages' services (snmpd, opensm, node_exporter): a test starts what it needs itself,
 * on loopback, and stops it. A policy that is already there is left alone.
 */
async function withoutServices(install) {
  if (existsSync(SERVICE_POLICY)) return install();
  writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await install();
  } finally {
    rmSync(SERVICE_POLICY, { force: true });
  }
}

/** Packages of a purpose whose file is not there. */
export function missingPackages(purpose) {
  const packages = JSON.parse(readFileSync(join(root, 'scripts/debian-packages.json'), 'utf8'))[purpose] ?? {};
  return Object.entries(packages)
    .filter(([, file]) => !existsSync(file))
    .map(([name]) => name);
}
