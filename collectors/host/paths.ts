import type { ReportedPath } from '../../lib/collect/types.ts';
import type { Origin } from '../../lib/counters/nic-rules.ts';
import type { CounterName } from '../../lib/counters/reading.ts';
import type { TargetHealth, TargetPathHealth } from '../../lib/events/events.ts';
import type { PortPlan } from './plan.ts';

/** Where a host's counters come from, as an operator calls it. */
const TITLES: Record<Origin, string> = {
  ethtool: 'driver statistics (ethtool)',
  port: 'RDMA port counters (counters)',
  hw: 'RDMA port counters (hw_counters)',
  statistics: 'interface statistics',
  net: 'interface files',
};

/** What has been seen of the polls. */
export interface HostProgress extends Pick<TargetPathHealth, 'requestedIntervalMs' | 'achievedIntervalMs'> {
  lastError: TargetHealth['lastError'];
  /** What could not be read at the last poll: "port: name: why". */
  problems: readonly string[];
}

/** One line for each place that counters are read from. Before a port is known there is only what was asked. */
export function hostPaths(plans: readonly PortPlan[], progress: HostProgress): ReportedPath[] {
  const { problems, ...polls } = progress;
  if (plans.length === 0) return [{ path: 'counters', ...polls, staircaseMs: null }];
  const found = new Map<Origin, { counters: Set<CounterName>; names: Set<string> }>();
  for (const { counters, terms } of plans) {
    for (const { counter, source, terms: indexes } of counters) {
      const own = found.get(source.from) ?? { counters: new Set(), names: new Set() };
      found.set(source.from, own);
      own.counters.add(counter);
      for (const index of indexes) own.names.add(terms[index]?.name ?? '');
    }
  }
  return [...found].map(([origin, { counters, names }]) => ({
    path: TITLES[origin],
    ...polls,
    staircaseMs: null,
    counters: [...counters],
    refused: problems.filter((problem) => isOf(problem, origin, names)).slice(0, MOST_PROBLEMS),
  }));
}

const MOST_PROBLEMS = 20;

function isOf(problem: string, origin: Origin, names: ReadonlySet<string>): boolean {
  const what = problem.slice(problem.indexOf(': ') + 2);
  if (what.startsWith('driver statistics of ')) return origin === 'ethtool';
  return names.has(what.split(/: | is /)[0] ?? '');
}
