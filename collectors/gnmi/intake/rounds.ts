import type { IntakeListener } from './intake.ts';

/** Rounds whose paths are waited for. */
const REMEMBERED = 3;

/**
 * Decides when a frame is cut. A device sends a sample as a burst of messages, or spread over the interval, or each path
 * at a time of its own. A round ends when every path of the last rounds has come and the device is quiet, or when a leaf
 * comes for the second time.
 */
export class Rounds implements IntakeListener {
  roundStartedMs = Number.POSITIVE_INFINITY;
  private lastUpdateMs = 0;
  private nowMs = 0;
  private lastWatch = -1;
  private seen = new Set<number>();
  private readonly history: Set<number>[] = [];
  private readonly quietMs: number;

  constructor(
    private readonly intervalMs: number,
    /** Called with the start of the round and the paths seen in it; a frame is to be cut. */
    private readonly finished: (startedMs: number, nowMs: number, seen: ReadonlySet<number>) => void,
    /** A state has come, which no round waits for. */
    readonly noticed?: (watch: number) => void,
  ) {
    this.quietMs = Math.min(250, intervalMs / 8);
  }

  /** A message has arrived; its updates follow. */
  arrived(nowMs: number): void {
    this.nowMs = nowMs;
  }

  updating(watch: number, repeated: boolean): void {
    const { nowMs } = this;
    // A device that sends faster than asked does not make frames come faster.
    if (repeated && nowMs - this.roundStartedMs >= this.intervalMs / 2) this.finish(nowMs);
    if (this.roundStartedMs > nowMs) this.roundStartedMs = nowMs;
    this.lastUpdateMs = nowMs;
    // Nearly every update is of the path of the one before it.
    if (watch === this.lastWatch) return;
    this.lastWatch = watch;
    this.seen.add(watch);
  }

  /** When to look again, ms from now; null while no round is open. Ends the round where it is complete. */
  check(nowMs: number): number | null {
    if (this.roundStartedMs === Number.POSITIVE_INFINITY) return null;
    const quietForMs = nowMs - this.lastUpdateMs;
    if (quietForMs < this.quietMs) return this.quietMs - quietForMs;
    const leftMs = this.roundStartedMs + this.intervalMs * 0.8 - nowMs;
    if (leftMs > 0 && !this.complete()) return Math.min(leftMs, this.quietMs);
    this.finish(nowMs);
    return null;
  }

  private complete(): boolean {
    if (this.history.length < REMEMBERED) return false;
    // Wait for what came in every one of the last rounds; a slower path is not waited for.
    const [first, ...rest] = this.history;
    for (const watch of first ?? []) if (rest.every((round) => round.has(watch)) && !this.seen.has(watch)) return false;
    return true;
  }

  private finish(nowMs: number): void {
    const { seen, roundStartedMs } = this;
    this.history.push(seen);
    if (this.history.length > REMEMBERED) this.history.shift();
    this.seen = new Set();
    this.lastWatch = -1;
    this.roundStartedMs = Number.POSITIVE_INFINITY;
    this.finished(roundStartedMs, nowMs, seen);
  }
}
