import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
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

describe('what is no file', () => {
  it('is refused, and a pipe that nobody writes to holds up nothing', () => {
    execFileSync('mkfifo', [path]);
    const tail = new FileTail(path);
    expect(() => tail.read()).toThrow('no file of lines');
    expect(() => tail.read()).toThrow('no file of lines');
    expect(() => new FileTail(directory).read()).toThrow('no file of lines');
  });
});

describe('a file that is copied and cut', () => {
  const copyAndCut = () => {
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
  };

  it('loses nothing that was written since the last look', () => {
    writeFileSync(path, 'one\n');
    const tail = new FileTail(path);
    expect(read(tail).text).toBe('one\n');
    appendFileSync(path, 'two\n');
    copyAndCut();
    expect(read(tail)).toEqual({ text: 'two\n', event: undefined });
    const { position } = tail;
    appendFileSync(path, 'three\n');
    expect(read(tail)).toEqual({ text: 'three\n', event: 'rotated' });
    // The same where the collector was restarted in between.
    const again = new FileTail(path, position);
    expect(read(again)).toEqual({ text: 'three\n', event: 'rotated' });
    appendFileSync(path, 'four\n');
    expect(read(again).text).toBe('four\n');
    for (const one of [tail, again]) one.close();
  });

  it('is read from its start where the copy has nothing more, is another file, or is gone', () => {
    writeFileSync(path, 'one\n');
    const tail = new FileTail(path);
    read(tail);
    copyAndCut();
    writeFileSync(`${path}.2`, 'another one, and longer\n');
    mkdirSync(`${path}.3`);
    execFileSync('mkfifo', [`${path}.4`]);
    writeFileSync(path, 'two\n');
    expect(read(tail)).toEqual({ text: 'two\n', event: 'truncated' });
    appendFileSync(path, 'three\n');
    rmSync(`${path}.1`);
    writeFileSync(path, '4\n');
    expect(read(tail)).toEqual({ text: '4\n', event: 'truncated' });
    tail.close();
  });
});
