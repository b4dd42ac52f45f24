import type { CollectorContext, ReportedHealth, ReportedPath } from './types.ts';

/** What differs between sources that read no ports: lists of targets, logs, schedulers. */
export type PortlessFacts = Omit<
  ReportedHealth,
  'ports' | 'missing' | 'shortestStormMs' | 'collectedBy' | 'atMs' | 'clockOffsetMs'
> &
  Partial<Pick<ReportedHealth, 'clockOffsetMs'>>;

/** Health of a source without ports: it misses no counter and could show no storm. */
export function portlessHealth(
  { clock, collectorId }: Pick<CollectorContext, 'clock' | 'collectorId'>,
  facts: PortlessFacts,
): ReportedHealth {
  return {
    clockOffsetMs: null,
    ...facts,
    ports: 0,
    missing: [],
    shortestStormMs: null,
    collectedBy: collectorId,
    atMs: clock.now(),
  };
}

/** A path whose refresh is not known. @param meter of its polls; without one it is not known either how they come */
export function plainPath(
  path: string,
  requestedIntervalMs: number,
  meter?: { achievedIntervalMs(): number | null },
): ReportedPath {
  return { path, requestedIntervalMs, achievedIntervalMs: meter?.achievedIntervalMs() ?? null, staircaseMs: null };
}
