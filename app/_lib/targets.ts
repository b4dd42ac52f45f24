import type { TargetHealth, TargetPathHealth } from '../../lib/events/events.ts';

const STATE_ORDER = { down: 0, degraded: 1, starting: 2, ok: 3 } as const;
const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Targets that need somebody first, then by name; only those whose name, address or error holds every word. */
export function sortTargets(targets: readonly TargetHealth[], filter: string): TargetHealth[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return targets
    .filter((target) => {
      const text = `${target.target} ${target.device} ${target.address} ${target.collector} ${target.state} ${target.lastError?.message ?? ''}`;
      return words.every((word) => text.toLowerCase().includes(word));
    })
    .sort((a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state] || natural.compare(a.target, b.target));
}

/** A path is late when it takes more than a tenth longer than asked for. */
export function isLate(path: TargetPathHealth): boolean {
  return path.achievedIntervalMs !== null && path.achievedIntervalMs > path.requestedIntervalMs * 1.1;
}

/** Paths that are late or silent before those that do as asked, else as the collector names them. */
export function latestFirst(paths: readonly TargetPathHealth[]): TargetPathHealth[] {
  const rank = (path: TargetPathHealth) => (path.achievedIntervalMs === null ? 0 : isLate(path) ? 1 : 2);
  return paths.toSorted((a, b) => rank(a) - rank(b));
}

/** How many targets are in each state. */
export function countStates(targets: readonly TargetHealth[]): Record<TargetHealth['state'], number> {
  const counts = { starting: 0, ok: 0, degraded: 0, down: 0 };
  for (const target of targets) counts[target.state] += 1;
  return counts;
}
