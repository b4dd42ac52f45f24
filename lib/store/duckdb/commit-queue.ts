/** A commit costs 2 ms whatever it holds: small writes wait until this long after the one before, ms. */
const COMMIT_EVERY_MS = 100;
/** Rows that are worth a commit of their own. */
const FULL_COMMIT_ROWS = 2000;

interface Waiting<T> {
  item: T;
  resolve(value: null): void;
  reject(error: unknown): void;
}

/** Gathers writes: all that arrive while the last commit runs are one commit. */
export class CommitQueue<T extends { length: number }> {
  #waiting: Waiting<T>[] = [];
  #rows = 0;
  #flushing: Promise<void> = Promise.resolve();
  #committedAt = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => {};

  constructor(private readonly commit: (items: T[]) => Promise<void>) {}

  /** Resolves when it is durable. @param item with as many rows as its length says */
  add(item: T): Promise<null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#rows += item.length;
      if (this.#waiting.length === 1)
        this.#flushing = this.#flushing.then(() => this.#pause()).then(() => this.#flush());
      if (this.#rows >= FULL_COMMIT_ROWS) this.#wake();
    });
  }

  /** Once everything that waits is committed or has failed. */
  settled(): Promise<void> {
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0);
    this.#rows = 0;
    this.#committedAt = performance.now();
    if (batch.length === 0) return;
    try {
      await this.commit(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve(null);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Until it is time for the next commit, and at least until everything that has arrived is waiting. */
  #pause(): Promise<void> {
    const restMs = this.#rows >= FULL_COMMIT_ROWS ? 0 : this.#committedAt + COMMIT_EVERY_MS - performance.now();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, restMs));
      this.#wake = () => {
        clearTimeout(timer);
        setImmediate(resolve);
      };
    });
  }
}
