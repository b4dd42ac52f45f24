import { describe, expect, it } from 'vitest';
import { ProtoWriter } from '../../../lib/protobuf/writer.ts';

const hex = (writer: ProtoWriter): string => writer.finish().toString('hex');

/** Expected bytes worked out by hand from the encoding's rules: not with the reader of the same folder. */
describe('ProtoWriter', () => {
  it('writes varints of numbers and 64-bit integers alike', () => {
    for (const [value, bytes] of [
      [1, '0801'],
      [300, '08ac02'],
      [2 ** 53 - 1, '08ffffffffffffff0f'],
      [2n ** 53n, '088080808080808010'],
      [2n ** 64n - 1n, '08ffffffffffffffffff01'],
      [-1n, '08ffffffffffffffffff01'],
    ] as const) {
      expect(hex(new ProtoWriter().uint(1, value))).toBe(bytes);
    }
    expect(hex(new ProtoWriter().uint(1, 5n))).toBe(hex(new ProtoWriter().uint(1, 5)));
  });

  it('leaves defaults out, but not a member of a oneof, bytes or a message', () => {
    expect(hex(new ProtoWriter().uint(1, 0).uint(2, 0n).text(3, ''))).toBe('');
    expect(hex(new ProtoWriter().member(3, 0n))).toBe('1800');
    expect(hex(new ProtoWriter().bytes(1, Buffer.alloc(0)).message(2, new ProtoWriter()))).toBe('0a001200');
  });

  it('nests messages and takes in what is encoded already', () => {
    const inner = new ProtoWriter().text(1, 'ab');
    expect(hex(new ProtoWriter().message(2, inner))).toBe('12040a026162');
    expect(hex(new ProtoWriter().fields(inner.finish()).uint(2, 1))).toBe('0a0261621001');
  });
});
