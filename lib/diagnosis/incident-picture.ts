import type { PortRef } from '../topology/types.ts';
import { compareEnds } from './cable-ends.ts';
import type { DiagnosisConfig } from './config.ts';
import { type FabricView, recordImpacts } from './impacts.ts';
import type { Incident } from './incident.ts';
import type { IncidentState } from './incident-state.ts';
import { type Victim, walkVictims } from './pause-graph.ts';
import { PAUSE_MISMATCH_CONFIDENCE } from './pause-mismatch.ts';
import { blockingPort, type RootFamily } from './roots.ts';
import { aggressorOf, sendersTo } from './senders.ts';
import { summarise } from './summary.ts';

/** Troubles of a cable as a whole: both of its directions suffer. */
const BOTH_WAYS: ReadonlySet<RootFamily> = new Set(['degraded', 'flap', 'loss']);

/**
 * Brings victims, edges, senders and evidence of an open incident up to date.
 * @param blockers rows known to block by themselves: the roots of all open incidents
 * @param hosts all devices that are hosts
 * @returns who waits for it now
 */
export function updatePicture(
  state: IncidentState,
  blockers: ReadonlySet<number>,
  view: FabricView,
  hosts: readonly string[],
  config: DiagnosisConfig,
): Victim[] {
  const { incident } = state;
  if (state.rootRow < 0) {
    const blocking = blockingPort(view.map, { device: incident.rootDevice, port: incident.rootPort });
    state.rootRow = view.table.find(blocking.device, blocking.port);
  }
  if (state.rootRow < 0) return [];
  const victims = victimsOf(state, blockers, view, config);
  noteVictims(incident, victims, view, config);
  compareEnds(state, view);
  recordImpacts(state, victims, view, config);
  if (state.family === 'incast' && incident.senders.length === 0) {
    const ref = view.table.refs[state.rootRow];
    if (ref !== undefined) incident.senders = sendersTo(ref, hosts, view.table, view.map, view.rowsOfDevice);
    const aggressor = aggressorOf(incident.senders, view.jobs);
    if (aggressor !== undefined) incident.aggressorJob = aggressor;
  }
  describeIncident(state, view);
  return victims;
}

/** Confidence and the sentence that follow from what is known. */
export function describeIncident(state: IncidentState, view: FabricView): void {
  state.incident.confidence = state.settled === true ? 0 : confidenceOf(state, view);
  state.incident.summary = summarise(state.incident);
}

/** Who waits for the root. A cable that is slow or loses packets holds up those at both of its ends. */
function victimsOf(
  state: IncidentState,
  blockers: ReadonlySet<number>,
  view: FabricView,
  config: DiagnosisConfig,
): Victim[] {
  const { table, map, rowsOfDevice } = view;
  const walk = (row: number): Victim[] => walkVictims(row, table, map, rowsOfDevice, blockers, config);
  const victims = walk(state.rootRow);
  const root = table.refs[state.rootRow];
  const peer = root === undefined ? undefined : map.peerOf(root.device, root.port);
  if (peer === undefined || !BOTH_WAYS.has(state.family)) return victims;
  const far = table.find(peer.device, peer.port);
  if (far < 0) return victims;
  const known = new Set(victims.map((victim) => victim.row));
  const others = walk(far).filter((victim) => victim.row !== state.rootRow && !known.has(victim.row));
  return [...victims, ...others].slice(0, config.maxVictims);
}

/** Victims are those seen at any time; edges are as they stood when they were first seen. */
function noteVictims(
  incident: Incident,
  victims: readonly Victim[],
  { table }: FabricView,
  config: DiagnosisConfig,
): void {
  const nameOf = (port: PortRef): string => `${port.device}\n${port.port}`;
  const known = new Set(incident.victims.map(nameOf));
  for (const victim of victims) {
    const ref = table.refs[victim.row];
    const via = table.refs[victim.via];
    if (ref === undefined || via === undefined || known.has(nameOf(ref))) continue;
    if (incident.victims.length >= config.maxVictims) return;
    incident.victims.push({ ...ref });
    incident.edges.push({ from: { ...ref }, to: { ...via }, weight: Math.round(victim.share * 1000) / 1000 });
  }
}

/** Root evidence x how completely its cable is known x whether its two ends agree. @source detection.md 4 */
function confidenceOf({ incident, family, mismatches }: IncidentState, { map }: FabricView): number {
  const peer = map.peerOf(incident.rootDevice, incident.rootPort);
  const known = peer === undefined ? 0.7 : 1;
  const base = family === 'congestion' ? 0.4 : family === 'incast' || family === 'uplinks' ? 0.85 : 0.95;
  const disagree = mismatches?.told.mismatch === true || mismatches?.asserted.mismatch === true;
  return Math.round(base * known * (disagree ? PAUSE_MISMATCH_CONFIDENCE : 1) * 1000) / 1000;
}
