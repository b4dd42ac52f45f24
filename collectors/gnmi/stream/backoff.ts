const LONGEST_MS = 30_000;

/** Waits between tries: full jitter, so that a fabric's devices do not all come back at once. */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs = LONGEST_MS,
    private readonly random: () => number = Math.random,
  ) {}

  /** @source "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 */
  next(): number {
    const longest = Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.tries, 20));
    this.tries++;
    return this.random() * longest;
  }

  reset(): void {
    this.tries = 0;
  }
}
