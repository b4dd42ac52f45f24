import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FabricError } from '../errors.ts';

/** A process as the kernel knows it: the number alone is used again after a restart, and in containers at once. */
function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name in parentheses: the state, and as field 22 when the process started, in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A dead process that nobody has collected yet holds nothing.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that one process at a time uses a directory: two that append to one spool would destroy it. A lock left by
 * a process that was killed does not count.
 * @returns how to give it back
 * @throws FabricError `conflict` naming the process that has it
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'lock');
  const holder = readHolder(path);
  const [pid] = holder?.split(' ') ?? [];
  if (holder !== undefined && pid !== String(process.pid) && identityOf(Number(pid)) === holder) {
    throw new FabricError('conflict', `${directory} is in use by another collector, process ${pid}`);
  }
  writeFileSync(path, identityOf(process.pid) ?? '');
  return () => rmSync(path, { force: true });
}

function readHolder(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return /^\d+ \d+$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
