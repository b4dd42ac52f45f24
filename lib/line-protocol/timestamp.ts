import { MINUS, NINE, ZERO } from './bytes.ts';
import type { Precision } from './point.ts';

/** Digits to cut from the right (finer than ms), or a factor (coarser). */
const UNITS: Record<Precision, { cut: number; factor: number }> = {
  ns: { cut: 6, factor: 1 },
  n: { cut: 6, factor: 1 },
  us: { cut: 3, factor: 1 },
  u: { cut: 3, factor: 1 },
  ms: { cut: 0, factor: 1 },
  s: { cut: 0, factor: 1000 },
  m: { cut: 0, factor: 60_000 },
  h: { cut: 0, factor: 3_600_000 },
};

/** An int64 has at most 19 digits. */
const MAX_DIGITS = 19;

/** Reads timestamps of one precision to Unix ms, rounding down, without going through a number that cannot hold ns. */
export class TimestampReader {
  /** Where the timestamp ended. */
  next = 0;
  valueMs = 0;

  /** @returns false where there is no whole number at `start`, or one that is no time */
  read(bytes: Buffer, start: number, end: number, precision: Precision): boolean {
    const { cut, factor } = UNITS[precision];
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const firstDigit = at;
    while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
    const digits = at - firstDigit;
    if (digits === 0 || digits > MAX_DIGITS) return false;
    const kept = Math.max(0, digits - cut);
    let value = 0;
    for (let i = 0; i < kept; i++) value = value * 10 + ((bytes[firstDigit + i] as number) - ZERO);
    let rest = false;
    for (let i = kept; i < digits; i++) rest ||= bytes[firstDigit + i] !== ZERO;
    value *= factor;
    if (!Number.isSafeInteger(value)) return false;
    this.valueMs = negative ? -value - (rest ? 1 : 0) : value;
    this.next = at;
    return true;
  }
}
