/** A clock further off than this is wrong, and its times are moved by what it is off, ms. */
const WRONG_MS = 5000;
/** A time that differs from what the clock was off until then by more is no time of now, ms. */
const ELSEWHERE_MS = 60_000;
/** So many of them in a row: the clock has been set. */
const MOST_ELSEWHERE = 3;
const FORGET = 0.01;

/** Compares the times of records, which are told at once, with ours. */
export class SwitchClock {
  /** Switch minus us, ms, at the fastest delivery seen lately; null before the first record. */
  offsetMs: number | null = null;
  #elsewhere = 0;

  /** Our time of a record, Unix ms; null where its own is not to be believed. */
  toLocal(stampMs: number, nowMs: number): number | null {
    const offset = stampMs - nowMs;
    const known = this.offsetMs;
    if (known !== null && Math.abs(offset - known) > ELSEWHERE_MS && ++this.#elsewhere < MOST_ELSEWHERE) return null;
    const isNew = known === null || this.#elsewhere > 0;
    this.#elsewhere = 0;
    // A record may be late but never early: the largest difference is the nearest to the truth.
    this.offsetMs = isNew || offset > known ? offset : known + (offset - known) * FORGET;
    return Math.abs(this.offsetMs) > WRONG_MS ? stampMs - this.offsetMs : stampMs;
  }
}
