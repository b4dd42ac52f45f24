import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './root.mjs';
import { SetupError, say } from './say.mjs';

/** A set-up step that takes longer than this has been given up by whoever waits for it. */
const MAX_WAIT_MS = 20 * 60_000;

/**
 * Runs `work` while no other process sets up the same checkout: two commands started together install once.
 * The lock is a directory (made atomically) with the pids of its owner and of what it runs (`work` gets a function to name
 * one); when all of them are gone it is taken over.
 */
export async function withSetupLock(what, work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const directory = join(tmpdir(), `stallscope-setup-${userInfo().uid}-${name}`);
  const startedMs = Date.now();
  let told = false;
  while (!take(directory)) {
    if (isAbandoned(directory)) {
      rmSync(directory, { recursive: true, force: true });
      continue;
    }
    if (Date.now() - startedMs > MAX_WAIT_MS) {
      throw new SetupError(
        `another command has been setting up this checkout for too long; remove ${directory} and try again`,
      );
    }
    if (!told) say(`waiting for another command that is setting up this checkout (${what})`);
    told = true;
    await sleep(250);
  }
  try {
    return await work((pid) => appendFileSync(join(directory, 'pid'), `\n${pid}`));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function take(directory) {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new SetupError(`cannot make the lock ${directory} (${error.code})`);
  }
  writeFileSync(join(directory, 'pid'), String(process.pid));
  return true;
}

function isAbandoned(directory) {
  try {
    const pids = readFileSync(join(directory, 'pid'), 'utf8').split('\n').map(Number);
    return !pids.some(isAlive);
  } catch {
    // No pid yet: its owner is between two calls, unless that was seconds ago.
    try {
      return Date.now() - statSync(directory).mtimeMs > 5000;
    } catch {
      return false;
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
