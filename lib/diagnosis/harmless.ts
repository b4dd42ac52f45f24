import { INFERRED, settle } from './consequences.ts';
import type { IncidentState } from './incident-state.ts';

/**
 * Queues that are over and cost nobody anything are information: flows meet by chance in a healthy fabric, and what
 * makes that a trouble is that somebody waited. Only where it is known: every job that may have waited has reported
 * steps until after the end, and none of them was slow while it lasted.
 * @param judgedUntilMs by job, the end of its last judged step, ms
 * @returns the incidents that changed
 * @source detection.md 3: an observation until it is shown to cost steps
 */
export function settleHarmless(
  states: Iterable<IncidentState>,
  judgedUntilMs: ReadonlyMap<string, number>,
): IncidentState[] {
  const settled: IncidentState[] = [];
  if (judgedUntilMs.size === 0) return settled;
  for (const state of states) {
    const { incident, impacts } = state;
    if (!INFERRED.has(state.family) || incident.severity === 'info' || state.settled === true) continue;
    const { endMs } = incident;
    if (endMs === null || incident.jobs.length > 0) continue;
    const heard = (job: string): boolean => (judgedUntilMs.get(job) ?? Number.NEGATIVE_INFINITY) > endMs;
    const concerned = impacts.map((impact) => impact.job);
    const known = concerned.length > 0 ? concerned.every(heard) : [...judgedUntilMs.keys()].some(heard);
    if (!known) continue;
    settle(state);
    settled.push(state);
  }
  return settled;
}
