import type { Logger } from '../../lib/logger.ts';
import type { StepRecord } from '../../lib/training/step.ts';

/** Steps sent at once. */
const BATCH = 500;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
const TIMEOUT_MS = 10_000;

/**
 * Pushes step records to the monitor the way a training framework's callback would, in order, and keeps what was
 * not acknowledged until it is: a monitor that restarts loses no step.
 */
export class StepReporter {
  private waiting: StepRecord[] = [];
  private readonly abort = new AbortController();
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;
  accepted = 0;
  rejected = 0;

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  /** Records not acknowledged yet. */
  get pending(): number {
    return this.waiting.length;
  }

  push(records: readonly StepRecord[]): void {
    this.waiting.push(...records);
    this.wake?.();
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.wake?.();
    await this.running;
  }

  private async run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.abort.signal.aborted) {
      if (this.waiting.length === 0) {
        await this.sleep(undefined);
        continue;
      }
      const batch = this.waiting.slice(0, BATCH);
      if (await this.send(batch)) {
        this.waiting.splice(0, batch.length);
        retryMs = FIRST_RETRY_MS;
      } else {
        await this.sleep(retryMs);
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      }
    }
  }

  private async send(batch: StepRecord[]): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/api/v1/ingest/steps`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(batch),
        signal: AbortSignal.any([this.abort.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      if (response.status === 202) {
        const answer = (await response.json()) as { rejected?: unknown[] };
        const rejected = answer.rejected?.length ?? 0;
        this.accepted += batch.length - rejected;
        this.rejected += rejected;
        if (rejected > 0) this.logger.warn({ rejected }, 'monitor rejected step records');
        return true;
      }
      await response.body?.cancel();
      this.logger.debug({ status: response.status }, 'monitor did not take step records');
      return false;
    } catch (error) {
      this.logger.debug({ error: String(error) }, 'monitor is not reachable');
      return false;
    }
  }

  /** Waits for the time, for new records or for the end, whichever comes first. */
  private async sleep(ms: number | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.wake = () => {
        // New records do not shorten a retry pause; the end does.
        if (ms !== undefined && !this.abort.signal.aborted) return;
        if (timer) clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
