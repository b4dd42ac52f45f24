import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** A lasting trouble is logged this often, ms; the target's health always has the newest. */
const LOG_EVERY_MS = 30_000;

/** What has gone wrong at one target since it started: all of it is counted, little of it is logged. */
export class Trouble {
  failures = 0;
  last: { atMs: number; message: string } | null = null;
  private saidAtMs = Number.NEGATIVE_INFINITY;

  /** @param saying the log's words for whatever goes wrong here */
  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly saying: string,
  ) {}

  add(message: string): void {
    this.failures++;
    const nowMs = this.clock.now();
    this.last = { atMs: nowMs, message };
    if (nowMs - this.saidAtMs < LOG_EVERY_MS) return;
    this.saidAtMs = nowMs;
    this.logger.warn({ problem: message, failures: this.failures }, this.saying);
  }

  /** True where something went wrong at or after the last success. */
  isSince(lastSuccessMs: number): boolean {
    return this.last !== null && this.last.atMs >= lastSuccessMs;
  }
}
