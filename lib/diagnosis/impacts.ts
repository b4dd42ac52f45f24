import type { FabricMap } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';
import type { DiagnosisConfig } from './config.ts';
import { heldFraction, type RowsOfDevice, rootActivity } from './evidence-seconds.ts';
import type { IncidentState, JobImpact } from './incident-state.ts';
import type { JobIndex } from './job-index.ts';
import type { Victim } from './pause-graph.ts';
import type { PortTable } from './port-table.ts';

/** What evidence is read from. */
export interface FabricView {
  table: PortTable;
  map: FabricMap;
  jobs: JobIndex;
  rowsOfDevice: RowsOfDevice;
}

/**
 * Turns the root's newest interval into evidence seconds for every job it can reach: jobs whose traffic uses the
 * root's cable get all of it, jobs whose ports wait behind the root as much as those ports waited. The time before an
 * incident was sure counts like its first interval.
 * @source detection.md section 13 item 8
 */
export function recordImpacts(
  state: IncidentState,
  victims: readonly Victim[],
  view: FabricView,
  config: DiagnosisConfig,
): void {
  const endMs = view.table.endMs[state.rootRow] ?? Number.NaN;
  if (!(endMs > state.evidencedUntilMs)) return;
  const startMs = state.evidencedUntilMs;
  state.evidencedUntilMs = endMs;
  const activity = rootActivity(state, view.table, view.map, view.rowsOfDevice, config);
  const seconds = (endMs - startMs) / 1000;
  const reached = reachOf(state, victims, activity, view);
  for (const [job, { fraction, direct }] of reached) {
    if (fraction <= 0) continue;
    const impact = impactOf(state, job);
    impact.direct ||= direct;
    impact.segments.push({ startMs, endMs, evidenceSeconds: fraction * seconds, errorMs: config.clockErrorMs });
    if (impact.segments.length > config.maxSegments) mergeOldest(impact);
  }
}

interface Reach {
  fraction: number;
  direct: boolean;
}

/** Share of the interval for which each job may have waited for this root. */
function reachOf(
  state: IncidentState,
  victims: readonly Victim[],
  activity: number,
  view: FabricView,
): Map<string, Reach> {
  const reach = new Map<string, Reach>();
  const root = view.table.refs[state.rootRow];
  if (root === undefined) return reach;
  for (const end of [root, view.map.peerOf(root.device, root.port)]) {
    if (end === undefined) continue;
    for (const job of view.jobs.usersOf(end))
      if (usesRoot(state, job, end, view)) reach.set(job, { fraction: activity, direct: true });
  }
  for (const victim of victims) {
    const ref = view.table.refs[victim.row];
    if (ref === undefined) continue;
    const waited = Math.min(activity, heldFraction(victim.row, view.table, view.map));
    if (waited <= 0) continue;
    for (const job of view.jobs.usersOf(ref)) {
      const known = reach.get(job);
      if (known !== undefined && known.fraction >= waited) continue;
      reach.set(job, { fraction: waited, direct: known?.direct ?? view.jobs.isEdgeOf(job, ref) });
    }
  }
  return reach;
}

/** A job at whose own port, or on whose way, the root stands. */
function usesRoot(state: IncidentState, job: string, end: PortRef, view: FabricView): boolean {
  const atEdge = view.jobs.isEdgeOf(job, end);
  return atEdge || state.family !== 'pause';
}

function impactOf(state: IncidentState, job: string): JobImpact {
  let impact = state.impacts.find((entry) => entry.job === job);
  if (impact === undefined) {
    impact = { job, direct: false, segments: [] };
    state.impacts.push(impact);
  }
  return impact;
}

/** Joins the two oldest segments: what is old needs no fine grain. */
function mergeOldest(impact: JobImpact): void {
  const [first, second] = impact.segments;
  if (first === undefined || second === undefined) return;
  impact.segments.splice(0, 2, {
    startMs: first.startMs,
    endMs: second.endMs,
    evidenceSeconds: first.evidenceSeconds + second.evidenceSeconds,
    errorMs: Math.max(first.errorMs, second.errorMs),
  });
}
