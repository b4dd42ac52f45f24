/** A 64-bit counter as two 32-bit words, reused by its reader. */
export class Counter64 {
  high = 0;
  low = 0;

  set(high: number, low: number): void {
    this.high = high >>> 0;
    this.low = low >>> 0;
  }

  /** Adds another, modulo 2^64. */
  add(other: Counter64): void {
    const low = this.low + other.low;
    this.high = (this.high + other.high + (low > 0xffffffff ? 1 : 0)) >>> 0;
    this.low = low >>> 0;
  }

  /** Times four, modulo 2^64: 32-bit words to bytes. A counter of words that wraps at 2^64 wraps the same way after this. */
  timesFour(): void {
    this.high = ((this.high << 2) | (this.low >>> 30)) >>> 0;
    this.low = (this.low << 2) >>> 0;
  }

  /** Half, rounded down. */
  half(): void {
    this.low = ((this.low >>> 1) | ((this.high & 1) << 31)) >>> 0;
    this.high >>>= 1;
  }

  get bigint(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}

const TWO_32 = 4_294_967_296;
const TWO_64 = 2 ** 64;

/**
 * A counter that came as a float, fractions rounded down.
 * @returns false where it is none: not a number, negative, or past 64 bits. Past 2^53 its last bits are lost
 */
export function counterOfFloat(value: number, into: Counter64): boolean {
  if (!(value >= 0) || value >= TWO_64) return false;
  const whole = Math.floor(value);
  into.set(Math.floor(whole / TWO_32), whole % TWO_32);
  return true;
}

const ZERO = 0x30;
/** 10^6 keeps a 32-bit word times it, plus carry, below 2^53. */
const CHUNK = 1_000_000;
const POWERS = [1, 10, 100, 1000, 10_000, 100_000, CHUNK];

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/**
 * Reads an unsigned decimal of up to 64 bits from bytes, exactly and without a BigInt; blanks around it are allowed.
 * @returns false where it is anything else (empty, N/A, signed, larger than 2^64 - 1); `into` is then undefined in value
 */
export function parseCounter64(bytes: Uint8Array, start: number, end: number, into: Counter64): boolean {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from])) from++;
  while (to > from && isBlank(bytes[to - 1])) to--;
  if (from === to || to - from > 20) return false;
  let high = 0;
  let low = 0;
  while (from < to) {
    const chunkEnd = Math.min(from + 6, to);
    const scale = POWERS[chunkEnd - from] ?? 1;
    let chunk = 0;
    for (; from < chunkEnd; from++) {
      const digit = (bytes[from] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return false;
      chunk = chunk * 10 + digit;
    }
    const product = low * scale + chunk;
    low = product % 0x1_0000_0000;
    high = high * scale + Math.floor(product / 0x1_0000_0000);
    if (high > 0xffffffff) return false;
  }
  into.set(high, low);
  return true;
}
