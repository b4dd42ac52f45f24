import type { FabricView } from './impacts.ts';
import type { IncidentState } from './incident-state.ts';
import { comparePause, mismatchSentence, type PausePair } from './pause-mismatch.ts';
import type { PortTable } from './port-table.ts';

/** Least share of both intervals that must be common: what is not common may differ by as much as it likes. */
const LEAST_COMMON = 0.9;

/**
 * Compares what both ends of the root's cable say of its pause, where both measure it and were read at nearly the same
 * time. What they disagree about is said with the incident, and halves the trust in it: wrong cabling data, a wrong
 * priority map or a wrong unit would accuse the wrong port.
 * @source detection.md section 2
 */
export function compareEnds(state: IncidentState, { table, map }: FabricView): void {
  const ref = table.refs[state.rootRow];
  const peer = ref === undefined ? undefined : map.peerOf(ref.device, ref.port);
  const far = peer === undefined ? -1 : table.find(peer.device, peer.port);
  if (ref === undefined || peer === undefined || far < 0 || !areComparable(table, state.rootRow, far)) return;
  const told = pairOf(table, state.rootRow, far);
  const asserted = pairOf(table, far, state.rootRow);
  const before = state.mismatches;
  state.mismatches = {
    told: comparePause(before?.told, told),
    asserted: comparePause(before?.asserted, asserted),
  };
  const here = `${ref.device}/${ref.port}`;
  const there = `${peer.device}/${peer.port}`;
  if (state.mismatches.told.mismatch && before?.told.mismatch !== true)
    state.incident.notVisible.push(mismatchSentence(here, there, told));
  if (state.mismatches.asserted.mismatch && before?.asserted.mismatch !== true)
    state.incident.notVisible.push(mismatchSentence(there, here, asserted));
}

function pairOf(table: PortTable, waits: number, holds: number): PausePair {
  return {
    endMs: Math.max(table.endMs[waits] ?? 0, table.endMs[holds] ?? 0),
    told: table.number('rxPause', waits),
    asserted: table.number('txPause', holds),
  };
}

function areComparable(table: PortTable, a: number, b: number): boolean {
  if (table.number('pauseMeasured', a) !== 1 || table.number('pauseMeasured', b) !== 1) return false;
  const startMs = [table.startMs[a] ?? Number.NaN, table.startMs[b] ?? Number.NaN];
  const endMs = [table.endMs[a] ?? Number.NaN, table.endMs[b] ?? Number.NaN];
  const common = Math.min(...endMs) - Math.max(...startMs);
  return common >= LEAST_COMMON * (Math.max(...endMs) - Math.min(...startMs));
}
