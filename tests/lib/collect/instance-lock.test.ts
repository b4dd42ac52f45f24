import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../lib/collect/instance-lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const lock = () => join(directory, 'lock');

describe.runIf(existsSync('/proc/self/stat'))('one process a directory', () => {
  it('gives the lock back', () => {
    const release = lockDirectory(directory);
    expect(readFileSync(lock(), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+$`));
    release();
    expect(existsSync(lock())).toBe(false);
  });

  it('refuses a directory that a living process has, and names it', () => {
    const ticks = readFileSync(`/proc/${process.ppid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
    writeFileSync(lock(), `${process.ppid} ${ticks}`);
    expect(() => lockDirectory(directory)).toThrow(`is in use by another collector, process ${process.ppid}`);
  });

  it('takes over from a process that is gone, and from one whose number was given away again', () => {
    for (const left of ['4194305 17', `${process.ppid} 1`, `${process.pid} 5`, 'nonsense', '']) {
      writeFileSync(lock(), left);
      lockDirectory(directory)();
    }
  });
});
