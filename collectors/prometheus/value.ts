import { type Counter64, counterOfFloat, parseCounter64 } from '../../lib/counters/counter64.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * What became of the text of a value. `exact`: an integer that lost nothing. `inexact`: a float beyond 2^53, true to
 * its last binary digit only. `none`: a number that is no counter (NaN, infinite, negative, past 64 bits). `bad`: no number.
 */
export type ValueQuality = 'exact' | 'inexact' | 'none' | 'bad';

/**
 * Reads a sample value as a float; NaN and the infinities are values here.
 * @returns undefined where the text is no number
 * @source Prometheus text exposition 0.0.4 (value is what Go's ParseFloat takes; hexadecimal is not written by anyone)
 */
export function parseFloatValue(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case 'inf':
    case '+inf':
      return Number.POSITIVE_INFINITY;
    case '-inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

/**
 * Reads a sample value as a 64-bit counter: digits exactly, floats as far as they go (exporters written in Go print
 * 1.234567e+06), fractions rounded down.
 */
export function parseCounterValue(page: Buffer, start: number, end: number, into: Counter64): ValueQuality {
  if (end > start && parseCounter64(page, start, end, into)) return 'exact';
  const value = parseFloatValue(page.toString('latin1', start, end));
  if (value === undefined) return 'bad';
  if (!counterOfFloat(value, into)) return 'none';
  return value > Number.MAX_SAFE_INTEGER ? 'inexact' : 'exact';
}
