import { describe, expect, it } from 'vitest';
import { LineCleaner, LineSplitter } from '../../../collectors/training/lines.ts';

describe('the prefix of a container runtime', () => {
  it('may tell the local time of the node, with its offset from UTC', () => {
    const cleaner = new LineCleaner();
    const clock = '2026-11-22T18:00:04.123456789+02:00';
    expect(cleaner.clean(`${clock} stdout P train_step step=1 time`)).toBeUndefined();
    expect(cleaner.clean(`${clock} stdout F _ms=100 rank=3`)).toEqual({
      text: 'train_step step=1 time_ms=100 rank=3',
      carriedMs: Date.UTC(2026, 10, 22, 16, 0, 4, 123),
    });
    expect(cleaner.clean('2026-11-22T18:00:04Z stderr F x')).toEqual({
      text: 'x',
      carriedMs: Date.UTC(2026, 10, 22, 18, 0, 4),
    });
    // What only looks like it stays.
    expect(cleaner.clean('aZ stdout F iter')).toEqual({ text: 'aZ stdout F iter' });
  });
});

describe('the prefix of a launcher', () => {
  it('says whose line it is, also where srun started torchrun', () => {
    const clean = (raw: string) => new LineCleaner().clean(raw);
    expect(clean('[rank3]:iter 1')).toEqual({ text: 'iter 1', stream: 3 });
    expect(clean('[default3]: iter 1')).toEqual({ text: 'iter 1', stream: 3 });
    expect(clean(' 12: iter 1')).toEqual({ text: 'iter 1', stream: 12 });
    expect(clean('12: \u001b[32m[rank3]:iter 1\u001b[0m')).toEqual({ text: 'iter 1', stream: 120_000_003 });
    expect(clean('iter 1: loss')).toEqual({ text: 'iter 1: loss' });
    expect(clean('3: ')).toBeUndefined();
    expect(clean('[12] x')).toEqual({ text: '[12] x' });
  });
});

describe('LineSplitter', () => {
  it('cuts at both ends of a line, whatever pieces the bytes come in', () => {
    const text = 'one\ntwo\r\r\nthree\r\n\nfour\rfive\nsix';
    const whole = new LineSplitter().pushNumbered(Buffer.from(text));
    expect(whole).toEqual([
      { text: 'one', number: 1 },
      { text: 'two', number: 2 },
      { text: 'three', number: 3 },
      { text: 'four', number: 5 },
      { text: 'five', number: 5 },
    ]);
    for (let size = 1; size < text.length; size++) {
      const splitter = new LineSplitter();
      const lines = [];
      for (let at = 0; at < text.length; at += size) {
        lines.push(...splitter.pushNumbered(Buffer.from(text.slice(at, at + size))));
      }
      expect(lines).toEqual(whole);
      expect([splitter.line, splitter.pendingBytes]).toEqual([5, 3]);
    }
  });
});
