import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileTail } from '../../../collectors/training/tail.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tail-'));
  path = join(directory, 'train.log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = (tail: FileTail) => {
  const chunk = tail.read();
  return { text: chunk?.bytes.toString() ?? '', event: chunk?.event };
};

describe('a rotation that creates the new file', () => {
  it('is followed once something is in it: until then the program may write on in the old one', () => {
    const program = openSync(path, 'a');
    writeSync(program, 'one\n');
    const tail = new FileTail(path);
    expect(read(tail).text).toBe('one\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    expect(read(tail)).toEqual({ text: '', event: undefined });
    writeSync(program, 'two\n');
    expect(read(tail)).toEqual({ text: 'two\n', event: undefined });
    closeSync(program);
    appendFileSync(path, 'three\n');
    expect(read(tail)).toEqual({ text: 'three\n', event: 'rotated' });
    tail.close();
  });

  it('is found again after a restart in between', () => {
    writeFileSync(path, 'one\n');
    const tail = new FileTail(path);
    read(tail);
    const { position } = tail;
    tail.close();
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    appendFileSync(`${path}.1`, 'two\n');
    const again = new FileTail(path, position);
    expect(read(again).text).toBe('two\n');
    appendFileSync(path, 'three\n');
    expect(read(again)).toEqual({ text: 'three\n', event: 'rotated' });
    again.close();
  });
});
