import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ParseError } from '../../../lib/errors.ts';
import { unsnappy } from '../../../lib/http/snappy.ts';
import { snappyLiterals } from '../remote-write/write-request.ts';

const unpack = (bytes: readonly number[] | Buffer, maxOutputLength = 1 << 20) =>
  unsnappy(Buffer.from(bytes), { maxOutputLength });

it('unpacks literals of every length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const body = Buffer.from(bytes);
      expect(unpack(snappyLiterals(body))).toEqual(body);
    }),
  );
  expect(unpack([5, 4 << 2, ...Buffer.from('hello')]).toString()).toBe('hello');
  const long = Buffer.alloc(200_000, 'abc');
  expect(unpack(snappyLiterals(long)).equals(long)).toBe(true);
});

it.each([
  ['one byte of offset', [8, 1 << 2, 0x61, 0x62, 1 | (2 << 2), 2], 'abababab'],
  ['two bytes', [6, 2 << 2, ...Buffer.from('xyz'), 2 | (2 << 2), 3, 0], 'xyzxyz'],
  ['four bytes', [6, 2 << 2, ...Buffer.from('xyz'), 3 | (2 << 2), 3, 0, 0, 0], 'xyzxyz'],
  ['a run of one byte', [70, 0, 0x7a, 2 | (63 << 2), 1, 0, 1 | (1 << 2), 1], 'z'.repeat(70)],
])('unpacks a copy with %s', (_, bytes, text) => {
  expect(unpack(bytes).toString()).toBe(text);
});

it.each([
  ['no length', [0x80, 0x80, 0x80, 0x80, 0x80, 1]],
  ['nothing', []],
  ['a literal past the end', [5, 4 << 2, 0x61]],
  ['more than its length', [1, 1 << 2, 0x61, 0x62]],
  ['less than its length', [3, 0, 0x61]],
  ['a copy of nothing', [4, 0, 0x61, 1, 0]],
  ['a copy from before the start', [6, 0, 0x61, 1, 9]],
  ['an offset cut short', [6, 0, 0x61, 2]],
  ['a length cut short', [70, 61 << 2, 1]],
  ['a length nothing of its size can have', [0xff, 0xff, 0x3f, 0, 0x61]],
])('refuses %s', (_, bytes) => {
  expect(() => unpack(bytes)).toThrow(ParseError);
});

it('refuses what says it is too long before making room for it', () => {
  expect(() => unpack([0xff, 0xff, 0xff, 0xff, 0x0f, 0], 1000)).toThrow(expect.objectContaining({ code: 'too_large' }));
});
