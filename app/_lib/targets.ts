import type { TargetHealth, TargetPathHealth } from '../../lib/events/events.ts';
import { formatIntervalMs } from '../../lib/format/durations.ts';

const STATE_ORDER = { down: 0, degraded: 1, starting: 3, ok: 4 } as const;
/** A target that is well by its own word, with something that an operator should look at. */
const NOTABLE_ORDER = 2;
/** From here on a clock is wrong, ms: times of the device's own words are not those of its samples. */
const WRONG_CLOCK_MS = 5000;
const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Orders of the list of targets, by the name in the URL. */
export const TARGET_SORTS = {
  worst: 'worst first',
  name: 'name',
  storm: 'longest unseen storm',
  clock: 'clock offset',
  answer: 'oldest answer',
} as const;
export type TargetSort = keyof typeof TARGET_SORTS;

const KEYS: Record<TargetSort, (target: TargetHealth) => number> = {
  worst: (target) => (target.state === 'ok' && isNotable(target) ? NOTABLE_ORDER : STATE_ORDER[target.state]),
  name: () => 0,
  storm: ({ shortestStormMs }) => -(shortestStormMs ?? Number.MAX_VALUE),
  clock: (target) => -(certainOffsetMs(target) ?? -1),
  answer: ({ lastSuccessMs }) => lastSuccessMs ?? 0,
};

/** In the wanted order, then by name; only those whose name, address, state or error holds every word. */
export function sortTargets(
  targets: readonly TargetHealth[],
  filter: string,
  sort: TargetSort = 'worst',
): TargetHealth[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const key = KEYS[sort];
  return targets
    .filter((target) => {
      const text = `${target.target} ${target.device} ${target.address} ${target.collector} ${target.state} ${target.lastError?.message ?? ''}`;
      return words.every((word) => text.toLowerCase().includes(word));
    })
    .sort((a, b) => key(a) - key(b) || natural.compare(a.target, b.target));
}

/** A path is late when it takes more than a tenth longer than asked for. */
export function isLate(path: TargetPathHealth): boolean {
  return path.achievedIntervalMs !== null && path.achievedIntervalMs > path.requestedIntervalMs * 1.1;
}

/** A path that is served, and that gives nothing because something failed. */
export function isFailing({ served, achievedIntervalMs, lastError }: TargetPathHealth): boolean {
  return served !== false && achievedIntervalMs === null && (lastError ?? null) !== null;
}

/**
 * How far off a device's clock is for certain, ms: a clock that is told in whole seconds is not off by what was rounded
 * away. null where the device does not tell its time.
 */
export function certainOffsetMs({ clockOffsetMs, clockErrorMs }: TargetHealth): number | null {
  return clockOffsetMs === null ? null : Math.max(0, Math.abs(clockOffsetMs) - (clockErrorMs ?? 0));
}

/** Whether the device's clock is too far off for its own times to be believed. */
export function hasWrongClock(target: TargetHealth): boolean {
  return (certainOffsetMs(target) ?? 0) > WRONG_CLOCK_MS;
}

/** Late, failing, refreshed more slowly than asked, or wrong by its clock. */
function isNotable(target: TargetHealth): boolean {
  const isSlow = ({ staircaseMs, requestedIntervalMs }: TargetPathHealth): boolean =>
    staircaseMs !== null && staircaseMs > requestedIntervalMs;
  return hasWrongClock(target) || target.paths.some((path) => isLate(path) || isFailing(path) || isSlow(path));
}

/** Paths that fail, are silent or late before those that do as asked; those the device does not have come last. */
export function latestFirst(paths: readonly TargetPathHealth[]): TargetPathHealth[] {
  const rank = (path: TargetPathHealth): number => {
    if (path.served === false) return 4;
    if (isFailing(path)) return 0;
    return path.achievedIntervalMs === null ? 1 : isLate(path) ? 2 : 3;
  };
  return paths.toSorted((a, b) => rank(a) - rank(b));
}

/** The path that decides what a target can show: the first that fails or is late, else its first. */
export function decidingPath(target: TargetHealth): TargetPathHealth | undefined {
  return target.paths.find(isFailing) ?? target.paths.find(isLate) ?? target.paths[0];
}

/** How many paths fail or are late. */
export function troubledPaths({ paths }: TargetHealth): number {
  return paths.filter((path) => isFailing(path) || isLate(path)).length;
}

/** Why a shorter storm than this could not have been seen at this target; null where nothing is known. */
export function stormReason({ shortestStormMs, paths }: TargetHealth): string | null {
  if (shortestStormMs === null) return null;
  const half = shortestStormMs / 2;
  const slowest = Math.max(0, ...paths.map(({ staircaseMs }) => staircaseMs ?? 0));
  const rule = 'a storm is told when two readings in a row show it';
  if (slowest > 0 && Math.abs(half - slowest) < slowest * 0.05)
    return `${rule}, and the device refreshes its counters only every ${formatIntervalMs(slowest)}`;
  return `${rule}, and they are ${formatIntervalMs(half)} apart`;
}

/** How many targets are in each state. */
export function countStates(targets: readonly TargetHealth[]): Record<TargetHealth['state'], number> {
  const counts = { starting: 0, ok: 0, degraded: 0, down: 0 };
  for (const target of targets) counts[target.state] += 1;
  return counts;
}
