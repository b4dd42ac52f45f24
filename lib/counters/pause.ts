import { MAX_PAUSE_QUANTA, PAUSE_QUANTUM_BITS, PHYSICAL_TOLERANCE } from './limits.ts';

/**
 * Share of an interval spent paused, from the device's own pause time.
 * @param pausedUs growth of the pause-duration counter, µs
 * @returns 0..1, clamped up to 5 % over (two clocks); NaN above: not a time in µs
 */
export function pauseFromDuration(pausedUs: number, elapsedSeconds: number): number {
  const fraction = pausedUs / 1e6 / elapsedSeconds;
  if (fraction > PHYSICAL_TOLERANCE) return Number.NaN;
  return Math.min(1, fraction);
}

/**
 * The same from a counter of pause quanta (512 bit times each).
 * @returns 0..1; NaN where the link rate is unknown or the reading breaks physics
 */
export function pauseFromQuanta(quanta: number, rateBitsPerSec: number, elapsedSeconds: number): number {
  const fraction = (quanta * PAUSE_QUANTUM_BITS) / (rateBitsPerSec * elapsedSeconds);
  if (!(fraction <= PHYSICAL_TOLERANCE)) return Number.NaN;
  return Math.min(1, fraction);
}

/**
 * The most that many XOFF frames can have paused where every frame is refreshed before it runs out: an upper bound,
 * the lower is 0. Not a measurement, and no bound at all where one XOFF holds until an XON.
 * @returns 0..1; NaN where the link rate is unknown
 */
export function pauseBoundFromFrames(frames: number, rateBitsPerSec: number, elapsedSeconds: number): number {
  return Math.min(1, (frames * MAX_PAUSE_QUANTA * PAUSE_QUANTUM_BITS) / (rateBitsPerSec * elapsedSeconds));
}
