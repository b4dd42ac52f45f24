import { DOT, LOWER_E, MINUS, NINE, PLUS, UPPER_E, ZERO } from './bytes.ts';

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Decimal digits that always fit in 2^53. */
const EXACT_DIGITS = 15;

/**
 * Reads decimal numbers out of bytes. A mantissa of at most 15 digits and a power of ten up to 22 are both exact in a
 * double, so their product or quotient is the correctly rounded result; anything longer goes through Number().
 * @source W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990 (the fast path)
 */
export class NumberReader {
  /** Where the number ended; the start where there was none. */
  next = 0;
  value = 0;
  /** True where it was digits with an optional sign only, so an `i` or `u` may follow. */
  isInteger = false;

  #mantissa = 0;
  #significant = 0;
  #fraction = 0;

  /** @returns false where no number starts at `start` */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.next = start;
    const first = bytes[start];
    const negative = first === MINUS;
    let at = this.#digits(bytes, negative || first === PLUS ? start + 1 : start, end);
    if (at < 0) return false;
    let exponent = 0;
    if (at < end && (bytes[at] === LOWER_E || bytes[at] === UPPER_E)) {
      at = this.#exponent(bytes, at + 1, end);
      if (at < 0) return false;
      exponent = this.#exponentValue;
      this.isInteger = false;
    }
    const power = exponent - this.#fraction;
    if (this.#significant <= EXACT_DIGITS && power >= -22 && power <= 22) {
      const mantissa = this.#mantissa;
      const size = power < 0 ? mantissa / (EXACT_POWERS[-power] as number) : mantissa * (EXACT_POWERS[power] as number);
      this.value = negative ? -size : size;
    } else this.value = Number(bytes.toString('latin1', start, at));
    this.next = at;
    return true;
  }

  /** Reads digits with at most one dot. @returns where they end, or -1 where there is none */
  #digits(bytes: Buffer, start: number, end: number): number {
    let mantissa = 0;
    let significant = 0;
    let dotAt = -1;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= ZERO && byte <= NINE) {
        if (significant > 0 || byte !== ZERO) significant++;
        if (significant <= EXACT_DIGITS) mantissa = mantissa * 10 + (byte - ZERO);
      } else if (byte === DOT && dotAt < 0) dotAt = at;
      else break;
    }
    this.#mantissa = mantissa;
    this.#significant = significant;
    this.#fraction = dotAt < 0 ? 0 : at - dotAt - 1;
    this.isInteger = dotAt < 0;
    const digits = at - start - (dotAt < 0 ? 0 : 1);
    return digits === 0 ? -1 : at;
  }

  #exponentValue = 0;

  /** @returns where the exponent ended, or -1 where it has no digit */
  #exponent(bytes: Buffer, start: number, end: number): number {
    let at = start;
    const sign = bytes[at];
    if (sign === MINUS || sign === PLUS) at++;
    let value = 0;
    const firstDigit = at;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte < ZERO || byte > NINE) break;
      value = Math.min(9999, value * 10 + (byte - ZERO));
    }
    this.#exponentValue = sign === MINUS ? -value : value;
    return at === firstDigit ? -1 : at;
  }
}
