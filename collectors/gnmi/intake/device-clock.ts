/** Further apart, the device's clock is wrong and says nothing about when a value was true. */
const MAX_OFFSET_MS = 5000;
const FORGET = 0.01;

/** Compares the device's timestamps with ours. */
export class DeviceClock {
  /** Device minus us, ms, at the fastest delivery seen lately; null before the first timestamp. */
  offsetMs: number | null = null;

  /** Our time of a device's timestamp: the device's own while its clock can be believed, else the arrival. */
  toLocal(timestampMs: number, arrivalMs: number): number {
    if (!(timestampMs > 0)) return arrivalMs;
    const offset = timestampMs - arrivalMs;
    // A message may be late but never early: the largest difference is the nearest to the truth.
    if (this.offsetMs === null || offset > this.offsetMs) this.offsetMs = offset;
    else this.offsetMs += (offset - this.offsetMs) * FORGET;
    return Math.abs(this.offsetMs) > MAX_OFFSET_MS || Math.abs(offset) > MAX_OFFSET_MS ? arrivalMs : timestampMs;
  }
}
