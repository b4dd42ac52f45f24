import type { FabricMap } from '../topology/fabric-map.ts';
import type { DiagnosisConfig } from './config.ts';
import type { PortTable } from './port-table.ts';

/** A port that waits, directly or through others, for a root. */
export interface Victim {
  row: number;
  /** The port it waits for. */
  via: number;
  /** Share of its own pause that leads to `via`, 0..1. */
  share: number;
  /** Product of the shares on the way to the root. */
  weight: number;
  hops: number;
}

/** How strongly an egress port blocks those behind it: paused, draining a marked queue, or full. @source detection.md 4 and 13 item 4 */
export function blockStrength(table: PortTable, row: number): number {
  const util = table.seen('txUtilMean', row);
  return Math.max(table.seen('rxPauseMean', row), table.seen('congestedMean', row), util >= 0.9 ? util : 0);
}

/**
 * Walks pause upstream from a root: the root's switch holds its other ports, so the ports at their far ends wait, and
 * their switches in turn hold others. Time proves nothing at these polls; direction comes from the cables and from who
 * asserts the pause.
 * @param root row of the egress port that blocks
 * @param blockers rows known to block by themselves (open roots), beside the paused ones
 * @returns victims, nearest first; a port is reached once, by its heaviest way
 */
export function walkVictims(
  root: number,
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: (device: string) => readonly number[],
  blockers: ReadonlySet<number>,
  config: DiagnosisConfig,
): Victim[] {
  const victims: Victim[] = [];
  const reached = new Set([root]);
  let frontier: Victim[] = [{ row: root, via: root, share: 1, weight: 1, hops: 0 }];
  for (let hops = 1; hops <= config.maxHops && frontier.length > 0; hops++) {
    const next: Victim[] = [];
    for (const blocker of frontier) {
      for (const victim of waitingFor(blocker, table, map, rowsOfDevice, blockers, config, hops)) {
        if (reached.has(victim.row)) continue;
        reached.add(victim.row);
        victims.push(victim);
        next.push(victim);
        if (victims.length >= config.maxVictims) return victims;
      }
    }
    frontier = next.sort((a, b) => b.weight - a.weight);
  }
  return victims;
}

/** The far ends of the ports that the blocker's switch holds, with the blocker's share among all that block there. */
function waitingFor(
  blocker: Victim,
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: (device: string) => readonly number[],
  blockers: ReadonlySet<number>,
  config: DiagnosisConfig,
  hops: number,
): Victim[] {
  const ref = table.refs[blocker.row];
  if (ref === undefined || map.roleOf(ref.device) === 'host') return [];
  const rows = rowsOfDevice(ref.device);
  const waiting: Victim[] = [];
  for (const held of rows) {
    if (held === blocker.row) continue;
    const here = table.refs[held];
    const peer = here === undefined ? undefined : map.peerOf(here.device, here.port);
    if (peer === undefined) continue;
    const row = table.find(peer.device, peer.port);
    if (row < 0) continue;
    const paused = Math.max(table.seen('rxPauseMean', row), table.seen('txPauseMean', held));
    if (paused < config.pausedFraction) continue;
    const share = shareOf(blocker.row, held, rows, table, blockers, config);
    if (share < config.minEdgeShare) continue;
    waiting.push({ row, via: blocker.row, share, weight: blocker.weight * share, hops });
  }
  return waiting;
}

/** Of the pause asserted on `held`, the part that goes back to `blocker`: strength x bytes out, among all that block. */
function shareOf(
  blocker: number,
  held: number,
  rows: readonly number[],
  table: PortTable,
  blockers: ReadonlySet<number>,
  config: DiagnosisConfig,
): number {
  let total = 0;
  let own = 0;
  for (const row of rows) {
    if (row === held) continue;
    const blocks = row === blocker || blockers.has(row) || table.seen('rxPauseMean', row) >= config.pausedFraction;
    if (!blocks) continue;
    const strength = Math.max(blockStrength(table, row), config.pausedFraction);
    const weight = strength * Math.max(table.seen('txUtilMean', row), 0.01);
    total += weight;
    if (row === blocker) own = weight;
  }
  return total > 0 ? own / total : 0;
}

/**
 * Walks pause downstream from a paused port to where it ends: at a port that is not paused itself, or at the last
 * device that is known.
 * @returns the last paused port on the way
 */
export function walkDown(
  start: number,
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: (device: string) => readonly number[],
  config: DiagnosisConfig,
): number {
  const passed = new Set([start]);
  let row = start;
  for (let hops = 0; hops < config.maxHops; hops++) {
    const ref = table.refs[row];
    const peer = ref === undefined ? undefined : map.peerOf(ref.device, ref.port);
    if (peer === undefined) return row;
    let heaviest = -1;
    let most = 0;
    for (const candidate of rowsOfDevice(peer.device)) {
      const at = table.refs[candidate];
      if (at === undefined || at.port === peer.port || passed.has(candidate)) continue;
      const paused = table.seen('rxPauseMean', candidate);
      if (paused < config.pausedFraction) continue;
      const weight = paused * Math.max(table.seen('txUtilMean', candidate), 0.01);
      if (weight > most) {
        most = weight;
        heaviest = candidate;
      }
    }
    if (heaviest < 0) return row;
    passed.add(heaviest);
    row = heaviest;
  }
  return row;
}
