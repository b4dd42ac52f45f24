import type { Clock } from '../lib/clock.ts';

/** Data may be this late before time goes on without it, ms. */
const GRACE_MS = 2000;

/**
 * The data's own time: the newest end that was seen, and, when nothing comes, as much more as the clock says has passed
 * since. Never goes back. Data with a lag or from a machine with another clock is judged by its own time.
 */
export class DataTime {
  #newestMs: number | null = null;
  #seenAtMs = 0;
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Data that ends at this time has arrived. */
  saw(endMs: number): void {
    if (this.#newestMs !== null && endMs <= this.#newestMs) return;
    this.#newestMs = endMs;
    this.#seenAtMs = this.clock.now();
  }

  /** null before any data. */
  now(): number | null {
    if (this.#newestMs === null) return null;
    const idleMs = Math.max(0, this.clock.now() - this.#seenAtMs - GRACE_MS);
    this.#saidMs = Math.max(this.#saidMs, this.#newestMs + idleMs);
    return this.#saidMs;
  }

  /** The newest end seen; null before any. */
  get newestMs(): number | null {
    return this.#newestMs;
  }
}
