/**
 * Lets a few do something heavy at a time. Waiting is bounded: whoever has waited long enough goes ahead, so slow
 * ones never hold up the others for good.
 */
export class Turns {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly patienceMs: number,
  ) {}

  /** Runs `work` when it is its turn, or after the longest wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.taken >= this.atOnce) await this.wait();
    this.taken++;
    try {
      return await work();
    } finally {
      this.taken--;
      this.waiting.shift()?.();
    }
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        const place = this.waiting.indexOf(go);
        if (place >= 0) this.waiting.splice(place, 1);
        resolve();
      };
      const timer = setTimeout(go, this.patienceMs);
      this.waiting.push(go);
    });
  }
}
