import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NUMBER_BYTES, writeNumber } from '../../../lib/samples/number-text.ts';

function text(value: number): string {
  const into = Buffer.alloc(NUMBER_BYTES + 8, '!');
  const end = writeNumber(into, 2, value);
  expect(end).toBeLessThanOrEqual(2 + NUMBER_BYTES);
  expect(into.subarray(0, 2).toString() + into.subarray(end).toString()).toMatch(/^!+$/);
  return into.toString('latin1', 2, end);
}

describe('numbers as text', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [10, '10'],
    [4_294_967_295, '4294967295'],
    [4_294_967_296, '4294967296'],
    [50_000_000_000, '50000000000'],
    [9_007_199_254_740_991, '9007199254740991'],
    [0.5, '0.5'],
    [0.05, '0.05'],
    [0.000001, '0.000001'],
    [1e-9, '1e-9'],
    [-2.25, '-2.25'],
    [-41, '-41'],
    [1 / 3, '0.3333333333'],
    [2 / 3, '0.6666666667'],
    [0.001234567891234, '0.001234567891'],
    [999_999_999.96, '1000000000'],
    [0.99999999999, '1'],
    [123_456_789.123_456, '123456789.1'],
    [49_999_999_999.7, '50000000000'],
    [1e21, '1e+21'],
  ])('%d is %s', (value, expected) => expect(text(value)).toBe(expected));

  it('keeps whole numbers exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(text(value)).toBe(value === 0 ? '0' : String(value));
      }),
    );
  });

  it('keeps ten significant digits of every other number, and the whole of large ones', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -1e11, max: 1e11, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        const error = Math.abs(Number(text(value)) - value);
        expect(error).toBeLessThanOrEqual(Math.max(0.5000001e-9 * Math.abs(value), Number.MIN_VALUE));
      }),
      { numRuns: 2000 },
    );
  });
});
