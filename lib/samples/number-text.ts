/** Longest text `writeNumber` writes. */
export const NUMBER_BYTES = 32;

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const BILLION = 1e9;
/** Significant digits of a number that is not whole. */
const DIGITS = 10;
/** [n] 10^n. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
/** Below this a fraction is written with an exponent. */
const SMALLEST_PLAIN = 1e-6;

/**
 * Writes a finite number as decimal text without making a string. Whole numbers below 2^53 stay exact; a fraction is
 * rounded to ten significant digits, or to the whole from 10^9 on: the two time stamps behind a rate are good for six.
 * @returns the position behind the text; at most NUMBER_BYTES are written
 */
export function writeNumber(into: Buffer, at: number, value: number): number {
  if (value === value >>> 0) return writeDigits(into, at, value);
  if (value < 0) {
    into[at] = MINUS;
    return writeNumber(into, at + 1, -value);
  }
  if (value >= BILLION) return writeLarge(into, at, Math.round(value));
  if (value < SMALLEST_PLAIN) return at + into.write(String(Number(value.toPrecision(DIGITS))), at, 'latin1');
  return Number.isInteger(value) ? writeDigits(into, at, value) : writeFraction(into, at, value);
}

/** A whole number of any size. */
function writeLarge(into: Buffer, at: number, value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) return at + into.write(String(value), at, 'latin1');
  const upper = Math.floor(value / BILLION);
  return upper === 0
    ? writeDigits(into, at, value)
    : writePadded(into, writeDigits(into, at, upper), value % BILLION, 9);
}

/** 10^-6 to 10^9, not whole. */
function writeFraction(into: Buffer, at: number, value: number): number {
  const whole = Math.floor(value);
  let decimals = DIGITS - (whole === 0 ? 0 : digitsOf(whole));
  // Leading zeros of a small fraction are not significant.
  for (let tenfold = value * 10; tenfold < 1; tenfold *= 10) decimals++;
  const scale = POWERS[decimals] as number;
  let fraction = Math.round((value - whole) * scale);
  if (fraction >= scale) return writeLarge(into, at, whole + 1);
  let end = writeDigits(into, at, whole);
  if (fraction === 0) return end;
  while (fraction % 10 === 0) {
    fraction /= 10;
    decimals--;
  }
  into[end++] = POINT;
  if (decimals <= 9) return writePadded(into, end, fraction, decimals);
  const upper = Math.floor(fraction / BILLION);
  end = writePadded(into, end, upper, decimals - 9);
  return writePadded(into, end, fraction - upper * BILLION, 9);
}

function digitsOf(value: number): number {
  let count = 1;
  while (count < DIGITS && value >= (POWERS[count] as number)) count++;
  return count;
}

/** A whole number below 2^32. */
function writeDigits(into: Buffer, at: number, value: number): number {
  return writePadded(into, at, value, digitsOf(value));
}

/** The last `count` digits of a whole number below 2^32. */
function writePadded(into: Buffer, at: number, value: number, count: number): number {
  let rest = value >>> 0;
  for (let position = at + count - 1; position >= at; position--) {
    const tenth = (rest / 10) >>> 0;
    into[position] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return at + count;
}
