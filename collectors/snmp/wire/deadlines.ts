/** Something with requests that may be overdue. */
export interface Overdue {
  /** Called about every SCAN_MS while registered. `nowMs` is monotonic. */
  expire(nowMs: number): void;
}

/** How late a deadline may be noticed, ms: small beside any timeout an operator would set. */
const SCAN_MS = 25;

/**
 * One timer for the requests of every device in the process, instead of one per request. It runs only while a
 * device has something in flight.
 */
export class DeadlineScan {
  private readonly waiting = new Set<Overdue>();
  private timer: NodeJS.Timeout | null = null;

  add(item: Overdue): void {
    this.waiting.add(item);
    this.timer ??= setInterval(() => this.scan(), SCAN_MS);
  }

  remove(item: Overdue): void {
    this.waiting.delete(item);
    if (this.waiting.size === 0 && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    }
  }

  private scan(): void {
    const nowMs = performance.now();
    for (const item of this.waiting) item.expire(nowMs);
  }
}

export const deadlines = new DeadlineScan();
