import type { Clock } from '../clock.ts';
import { nextTickMs, phaseMs } from './phase.ts';
import { realSleep, type Sleep } from './sleep.ts';

const REMEMBERED_STARTS = 32;

/** Requested against achieved interval of one polled path. */
export class IntervalMeter {
  private readonly startsMs: number[] = [];
  /** Ticks let go because the poll before them was still running. */
  skipped = 0;
  polls = 0;

  constructor(readonly requestedIntervalMs: number) {}

  started(atMs: number): void {
    this.polls++;
    this.startsMs.push(atMs);
    if (this.startsMs.length > REMEMBERED_STARTS) this.startsMs.shift();
  }

  /** Median distance of the last polls, ms; null before the second. */
  achievedIntervalMs(): number | null {
    const distances: number[] = [];
    for (let index = 1; index < this.startsMs.length; index++) {
      distances.push((this.startsMs[index] ?? 0) - (this.startsMs[index - 1] ?? 0));
    }
    if (distances.length === 0) return null;
    distances.sort((a, b) => a - b);
    const middle = distances.length >> 1;
    const upper = distances[middle] ?? 0;
    return distances.length % 2 === 1 ? upper : (upper + (distances[middle - 1] ?? 0)) / 2;
  }
}

export interface PollLoopOptions {
  /** Decides the phase: the target's name, with the path where a target has several. */
  key: string;
  intervalMs: number;
  clock: Clock;
  signal: AbortSignal;
  /** One poll. What it throws goes to `failed`; the loop goes on. `signal` is the loop's own. */
  poll(signal: AbortSignal): Promise<void>;
  failed(error: unknown): void;
  meter?: IntervalMeter;
  sleep?: Sleep;
}

/**
 * Polls on a fixed beat until the signal says stop: at `phase + k * interval` of the wall clock, where the phase comes
 * from the key, so that targets are spread over the interval and a restart keeps the beat. A poll that overruns lets the
 * ticks it covers go (they are counted) instead of piling up. Never rejects.
 */
export async function pollLoop(options: PollLoopOptions): Promise<void> {
  const { intervalMs, clock, signal } = options;
  const sleep = options.sleep ?? realSleep;
  const meter = options.meter ?? new IntervalMeter(intervalMs);
  const phase = phaseMs(options.key, intervalMs);
  let tickMs = nextTickMs(clock.now(), intervalMs, phase);
  while (!signal.aborted) {
    const waitMs = tickMs - clock.now();
    if (waitMs > 0) {
      // A wall clock that is set back must not stop collection: never wait longer than one interval.
      await sleep(Math.min(waitMs, intervalMs), signal);
      if (signal.aborted) return;
      if (tickMs - clock.now() > intervalMs) tickMs = nextTickMs(clock.now(), intervalMs, phase);
      if (clock.now() < tickMs - 1) continue;
    }
    const startedMs = clock.now();
    meter.started(startedMs);
    try {
      await options.poll(signal);
    } catch (error) {
      if (!signal.aborted) options.failed(error);
    }
    // A poll that began late (a busy machine) is not followed by one right behind it: that interval would be too short
    // to say anything, and the one after it would look like a gap.
    const earliestMs = Math.max(clock.now(), tickMs + 1, Math.min(startedMs, clock.now()) + intervalMs / 2);
    const next = nextTickMs(earliestMs, intervalMs, phase);
    meter.skipped += Math.max(0, Math.round((next - tickMs) / intervalMs) - 1);
    tickMs = next;
  }
}
