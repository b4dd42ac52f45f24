import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counter64, parseCounter64 } from '../../../lib/counters/counter64.ts';

const parse = (text: string): bigint | undefined => {
  const value = new Counter64();
  const bytes = Buffer.from(text);
  return parseCounter64(bytes, 0, bytes.length, value) ? value.bigint : undefined;
};
const LIMIT = 1n << 64n;
const uint64 = fc.bigInt({ min: 0n, max: LIMIT - 1n });

describe('64-bit counters from text', () => {
  it('reads every value exactly', () => {
    fc.assert(
      fc.property(uint64, (value) => {
        expect(parse(` ${value}\n`)).toBe(value);
      }),
    );
    expect(parse('18446744073709551615')).toBe(LIMIT - 1n);
    expect(parse('00000000000000000042')).toBe(42n);
  });

  it('refuses what is no unsigned 64-bit number', () => {
    for (const text of [
      '',
      ' ',
      'N/A',
      '-1',
      '1.5',
      '0x10',
      '1 2',
      '18446744073709551616',
      '99999999999999999999',
      '123456789012345678901',
    ]) {
      expect(parse(text), text).toBeUndefined();
    }
  });

  it('adds, halves and turns words into bytes modulo 2^64', () => {
    fc.assert(
      fc.property(uint64, uint64, (a, b) => {
        const of = (value: bigint) => {
          const counter = new Counter64();
          counter.set(Number(value >> 32n), Number(value & 0xffffffffn));
          return counter;
        };
        const sum = of(a);
        sum.add(of(b));
        expect(sum.bigint).toBe((a + b) % LIMIT);
        const bytes = of(a);
        bytes.timesFour();
        expect(bytes.bigint).toBe((a * 4n) % LIMIT);
        const half = of(a);
        half.half();
        expect(half.bigint).toBe(a / 2n);
      }),
    );
  });
});
