/** An unsigned 64-bit value as two words. */
export interface Words {
  high: number;
  low: number;
}

const WORD = 0x1_0000_0000;

/** Reads decimal text; false where it is no unsigned 64-bit number. */
export function decimalToWords(text: string, out: Words): boolean {
  const { length } = text;
  if (length === 0 || length > 20) return false;
  let high = 0;
  let low = 0;
  for (let index = 0; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return false;
    low = low * 10 + digit;
    const carry = Math.floor(low / WORD);
    low -= carry * WORD;
    high = high * 10 + carry;
    if (high >= WORD) return false;
  }
  out.high = high;
  out.low = low;
  return true;
}

/** The same for a number: only whole ones that a double holds exactly. */
export function numberToWords(value: number, out: Words): boolean {
  if (!Number.isSafeInteger(value) || value < 0) return false;
  out.high = Math.floor(value / WORD);
  out.low = value % WORD;
  return true;
}

/** Whole division in place; exact because the remainder times 2^32 stays below 2^53. */
export function divideWords(words: Words, divisor: number): void {
  const rest = words.high % divisor;
  words.high = Math.floor(words.high / divisor);
  words.low = Math.floor((rest * WORD + words.low) / divisor);
}
