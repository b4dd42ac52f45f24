const TWO_32 = 4_294_967_296;

/**
 * What a cumulative counter did between two reads. `advance`: it grew by `amount`; `fell`: it is lower than before,
 * and `amount` is what a wrap would mean, for the caller to accept only where that is physically possible.
 */
export interface CounterDelta {
  fell: boolean;
  amount: number;
}

/**
 * Subtracts two counter values given as 32-bit words: exact up to 2^53, without a BigInt.
 * @param widthBits the width at which the counter wraps
 * @param out reused result, so that the hot loop allocates nothing
 */
export function subtractWords(
  previousHigh: number,
  previousLow: number,
  high: number,
  low: number,
  widthBits: 32 | 64,
  out: CounterDelta,
): CounterDelta {
  const difference = (high - previousHigh) * TWO_32 + (low - previousLow);
  if (difference >= 0) {
    out.fell = false;
    out.amount = difference;
    return out;
  }
  out.fell = true;
  // 2^64 as a double swallows low words: wrap each word on its own.
  out.amount = widthBits === 32 ? difference + TWO_32 : (TWO_32 - previousHigh + high) * TWO_32 + (low - previousLow);
  return out;
}

/** True where a saturating counter stands at its maximum: the true value is unknown from here on. */
export function isSaturated(high: number, low: number, widthBits: 32 | 64): boolean {
  return low === 0xffff_ffff && (widthBits === 32 || high === 0xffff_ffff);
}
