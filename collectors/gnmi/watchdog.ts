import { formatDuration } from '../../lib/duration.ts';
import type { TargetHealth, TargetPathHealth } from '../../lib/events/events.ts';

/** Intervals a path may miss before it is silent. */
const SILENT_INTERVALS = 3;
const SLOW_FACTOR = 1.5;
const REMEMBERED = 9;
/** Distances between arrivals that must be known before a path is called slow. */
const SLOW_AFTER = 4;
/** Some devices say that all has been told and tell it then: within this time. */
const STATES_MS = 1000;
/** Leaves of one sample come in several messages: nearer to each other than this share of the interval is one arrival. */
const SAME_SAMPLE = 0.25;

interface Watched {
  path: string;
  sampled: boolean;
  intervalMs: number;
  sinceMs: number;
  arrivalsMs: number[];
  /** Why asking for it failed last. */
  lastError: TargetHealth['lastError'];
}

export type MissingOfPath = Required<Pick<TargetPathHealth, 'missing' | 'missingLeaves'>>;

/** Asked against given: one line per subscribed path. */
export class Watchdog {
  private readonly paths: Watched[] = [];

  /** Adds a path and returns its number. */
  add(path: string, sampled: boolean, intervalMs: number): number {
    return this.paths.push({ path, sampled, intervalMs, sinceMs: Number.NaN, arrivalsMs: [], lastError: null }) - 1;
  }

  /** A call that asks for this path has begun: its patience starts now. */
  started(number: number, nowMs: number): void {
    const watched = this.paths[number];
    if (watched === undefined) return;
    watched.sinceMs = nowMs;
    watched.arrivalsMs = [];
  }

  /** Asking for this path has failed. */
  failed(number: number, message: string, atMs: number): void {
    const watched = this.paths[number];
    if (watched !== undefined) watched.lastError = { atMs, message };
  }

  /** This path came in the round that began at `atMs`. */
  seen(number: number, atMs: number): void {
    const watched = this.paths[number];
    if (watched === undefined) return;
    const last = watched.arrivalsMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    // The clock was set back: arrivals in its future say nothing, and would hide a silence until it gets there.
    if (atMs < last - watched.intervalMs) this.started(number, atMs);
    else if (atMs - last < SAME_SAMPLE * watched.intervalMs) return;
    watched.arrivalsMs.push(atMs);
    if (watched.arrivalsMs.length > REMEMBERED) watched.arrivalsMs.shift();
  }

  /** Whether a sampled path has given nothing for longer than a device may take; `leastMs`: never before. */
  isSilent(number: number, nowMs: number, leastMs: number): boolean {
    const watched = this.paths[number];
    if (watched === undefined || !watched.sampled) return false;
    const { arrivalsMs, sinceMs, intervalMs } = watched;
    const patienceMs = Math.max(leastMs, SILENT_INTERVALS * Math.max(intervalMs, achieved(arrivalsMs) ?? 0));
    return nowMs - (arrivalsMs.at(-1) ?? sinceMs) > patienceMs;
  }

  /** Whether a path has kept coming: if it stops then, the connection is to blame and not the way of asking. */
  isProven(number: number): boolean {
    return (this.paths[number]?.arrivalsMs.length ?? 0) > SLOW_AFTER;
  }

  isSlow(number: number): boolean {
    const watched = this.paths[number];
    if (watched === undefined || !watched.sampled || watched.arrivalsMs.length <= SLOW_AFTER) return false;
    return (achieved(watched.arrivalsMs) ?? 0) > SLOW_FACTOR * watched.intervalMs;
  }

  /** What is wrong with a path, as a sentence; null while nothing is. */
  complaint(number: number, nowMs: number, leastMs = 1000): string | null {
    const watched = this.paths[number];
    if (watched === undefined || !watched.sampled || Number.isNaN(watched.sinceMs)) return null;
    const { path, arrivalsMs, intervalMs } = watched;
    if (this.isSilent(number, nowMs, leastMs))
      return `${path}: ${arrivalsMs.length === 0 ? 'the device sends nothing for it' : 'silent'}`;
    if (!this.isSlow(number)) return null;
    const given = formatDuration(Math.round(achieved(arrivalsMs) ?? 0));
    return `${path}: asked every ${formatDuration(intervalMs)}, comes every ${given}`;
  }

  /** A sentence for every path that is silent or slower than asked. */
  remarks(nowMs: number): string[] {
    return this.paths.flatMap((_, number) => this.complaint(number, nowMs) ?? []);
  }

  /**
   * Whether what has not come of a path by now will not come. A sampled one has come whole when its next sample begins.
   * @param synced the device has said that it has told all its states once
   */
  isSettled(number: number, nowMs: number, synced: boolean): boolean {
    const watched = this.paths[number];
    if (watched === undefined) return false;
    const { sampled, sinceMs, arrivalsMs } = watched;
    if (sampled) return arrivalsMs.length > 1 && !this.isSilent(number, nowMs, STATES_MS);
    return synced && nowMs - sinceMs >= STATES_MS;
  }

  /**
   * Every sampled path that has been asked for, and those on change of which something is missing.
   * @param missingOf what is known to be missing of a path, by its number
   */
  health(nowMs: number, missingOf: (number: number) => MissingOfPath | null = () => null): TargetPathHealth[] {
    return this.paths.flatMap(({ path, sampled, sinceMs, arrivalsMs, intervalMs, lastError }, number) => {
      const missing = missingOf(number);
      if (Number.isNaN(sinceMs) || (!sampled && missing === null)) return [];
      const complaint = this.complaint(number, nowMs);
      return {
        path,
        requestedIntervalMs: intervalMs,
        achievedIntervalMs: achieved(arrivalsMs),
        staircaseMs: null,
        // The device has said all it has to say of this path, and that is nothing.
        ...(!sampled && arrivalsMs.length === 0 ? { served: false } : {}),
        ...missing,
        refused: complaint === null ? [] : [complaint],
        lastError,
      };
    });
  }

  /** Longest interval of the counters' paths, at least the asked one. */
  slowestMs(intervalMs: number): number {
    const own = this.paths.filter((watched) => watched.sampled && watched.intervalMs === intervalMs);
    return Math.max(intervalMs, ...own.map(({ arrivalsMs }) => achieved(arrivalsMs) ?? 0));
  }
}

function achieved(arrivalsMs: readonly number[]): number | null {
  const distances = arrivalsMs.slice(1).map((atMs, index) => atMs - (arrivalsMs[index] ?? 0));
  if (distances.length === 0) return null;
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? null;
}
