import { formatDuration } from '../../lib/duration.ts';
import type { TargetPathHealth } from '../../lib/events/events.ts';

/** Rounds a path may miss before it is silent. */
const SILENT_INTERVALS = 3;
const SLOW_FACTOR = 1.5;
const REMEMBERED = 9;

interface Watched {
  path: string;
  sampled: boolean;
  sinceMs: number;
  arrivalsMs: number[];
}

/** Asked against given: one line per subscribed path. */
export class Watchdog {
  private readonly paths: Watched[] = [];

  constructor(private readonly intervalMs: number) {}

  /** Adds a path and returns its number. */
  add(path: string, sampled: boolean): number {
    return this.paths.push({ path, sampled, sinceMs: Number.NaN, arrivalsMs: [] }) - 1;
  }

  /** A subscription that covers these paths has begun: their patience starts now. */
  started(first: number, count: number, nowMs: number): void {
    for (const watched of this.paths.slice(first, first + count)) {
      watched.sinceMs = nowMs;
      watched.arrivalsMs = [];
    }
  }

  /** These paths came in the round that began at `atMs`. */
  seen(numbers: Iterable<number>, atMs: number): void {
    for (const number of numbers) {
      const watched = this.paths[number];
      if (watched === undefined) continue;
      watched.arrivalsMs.push(atMs);
      if (watched.arrivalsMs.length > REMEMBERED) watched.arrivalsMs.shift();
    }
  }

  /** Sampled paths of a set that have given nothing for longer than a device may take. */
  silent(first: number, count: number, nowMs: number): string[] {
    const patienceMs = Math.max(SILENT_INTERVALS * this.intervalMs, 1000);
    return this.paths
      .slice(first, first + count)
      .filter(
        ({ sampled, sinceMs, arrivalsMs }) =>
          sampled && nowMs - (arrivalsMs.at(-1) ?? sinceMs) > this.patience(arrivalsMs, patienceMs),
      )
      .map(({ path }) => path);
  }

  get health(): TargetPathHealth[] {
    return this.paths
      .filter(({ sampled, sinceMs }) => sampled && !Number.isNaN(sinceMs))
      .map(({ path, arrivalsMs }) => ({
        path,
        requestedIntervalMs: this.intervalMs,
        achievedIntervalMs: achieved(arrivalsMs),
        staircaseMs: null,
      }));
  }

  /** A sentence for every path that is silent or slower than asked. */
  remarks(nowMs: number): string[] {
    return this.paths.flatMap((watched, number) => {
      if (!watched.sampled || Number.isNaN(watched.sinceMs)) return [];
      if (this.silent(number, 1, nowMs).length > 0) {
        const last = watched.arrivalsMs.at(-1);
        return [`${watched.path}: ${last === undefined ? 'the device sends nothing for it' : 'silent'}`];
      }
      const interval = achieved(watched.arrivalsMs);
      if (interval === null || interval <= SLOW_FACTOR * this.intervalMs) return [];
      const [asked, given] = [formatDuration(this.intervalMs), formatDuration(interval)];
      return [`${watched.path}: asked every ${asked}, comes every ${given}`];
    });
  }

  /** Longest interval of any sampled path, at least the asked one. */
  get slowestMs(): number {
    return Math.max(this.intervalMs, ...this.paths.map(({ arrivalsMs }) => achieved(arrivalsMs) ?? 0));
  }

  private patience(arrivalsMs: readonly number[], leastMs: number): number {
    return Math.max(leastMs, SILENT_INTERVALS * (achieved(arrivalsMs) ?? 0));
  }
}

function achieved(arrivalsMs: readonly number[]): number | null {
  const distances = arrivalsMs.slice(1).map((atMs, index) => atMs - (arrivalsMs[index] ?? 0));
  if (distances.length === 0) return null;
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? null;
}
