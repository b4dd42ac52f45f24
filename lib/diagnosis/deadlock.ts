import type { FabricMap } from '../topology/fabric-map.ts';
import type { DiagnosisConfig } from './config.ts';
import type { PortTable } from './port-table.ts';

/** A cycle of stalled ports: each waits for the next. */
export interface StalledCycle {
  /** Rows in the order in which they wait for each other, starting at the smallest. */
  rows: number[];
  /** A stalled or paused port outside the cycle that one of its members also waits for; -1 where the cause is inside. */
  trigger: number;
}

/** Below this share of line rate a port sends nothing: control frames only. */
const SILENT_UTIL = 0.01;

/** A port that is held all the time and sends nothing. */
export function isStalled(table: PortTable, row: number, config: DiagnosisConfig): boolean {
  return table.seen('rxPause', row) >= config.stalledFraction && table.seen('txUtil', row) < SILENT_UTIL;
}

/** A port that was held for a good part of an interval that is long enough to hold a deadlock beside other traffic. */
export function mayHaveStood(table: PortTable, row: number, config: DiagnosisConfig): boolean {
  const lengthMs = (table.endMs[row] ?? Number.NaN) - (table.startMs[row] ?? Number.NaN);
  return table.seen('rxPause', row) >= config.unexplainedFraction && lengthMs >= 2 * config.deadlockMs;
}

/**
 * Ports that wait for each other stop and go together, so their shares of a longer interval agree; those of ports
 * that are each held by something else do not.
 */
export function stoodTogether(rows: readonly number[], table: PortTable, config: DiagnosisConfig): boolean {
  const shares = rows.map((row) => table.seen('rxPause', row));
  return Math.max(...shares) - Math.min(...shares) <= config.togetherFraction;
}

/**
 * Finds strongly connected components of at least two switches among stalled ports (Tarjan). A port waits for every
 * stalled egress port of the switch at its far end.
 * @source detection.md section 4; in-loop and out-of-loop causes as in Hawkeye, SIGCOMM'25
 */
export function stalledCycles(
  stalled: readonly number[],
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: (device: string) => readonly number[],
  config: DiagnosisConfig,
): StalledCycle[] {
  const members = new Set(stalled);
  const waitsFor = (row: number): number[] => {
    const ref = table.refs[row];
    const peer = ref === undefined ? undefined : map.peerOf(ref.device, ref.port);
    if (peer === undefined || map.roleOf(peer.device) === 'host') return [];
    return rowsOfDevice(peer.device).filter((next) => members.has(next) && table.refs[next]?.port !== peer.port);
  };
  const cycles: StalledCycle[] = [];
  for (const component of components(stalled, waitsFor)) {
    const devices = new Set(component.map((row) => table.refs[row]?.device));
    if (devices.size < 2) continue;
    const inside = new Set(component);
    cycles.push({
      rows: orderCycle(component, waitsFor, inside),
      trigger: triggerOf(component, inside, table, map, rowsOfDevice, config),
    });
  }
  return cycles;
}

function components(nodes: readonly number[], next: (row: number) => number[]): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const found: number[][] = [];
  const visit = (start: number): void => {
    const work: { row: number; edges: number[]; at: number }[] = [{ row: start, edges: next(start), at: 0 }];
    open(start);
    while (work.length > 0) {
      const top = work[work.length - 1];
      if (top === undefined) break;
      const edge = top.edges[top.at++];
      if (edge === undefined) {
        work.pop();
        close(top.row);
        const parent = work[work.length - 1]?.row;
        if (parent !== undefined) low.set(parent, Math.min(low.get(parent) ?? 0, low.get(top.row) ?? 0));
      } else if (!order.has(edge)) {
        open(edge);
        work.push({ row: edge, edges: next(edge), at: 0 });
      } else if (onStack.has(edge)) {
        low.set(top.row, Math.min(low.get(top.row) ?? 0, order.get(edge) ?? 0));
      }
    }
  };
  const open = (row: number): void => {
    order.set(row, order.size);
    low.set(row, order.size - 1);
    stack.push(row);
    onStack.add(row);
  };
  const close = (row: number): void => {
    if (low.get(row) !== order.get(row)) return;
    const component: number[] = [];
    for (;;) {
      const member = stack.pop();
      if (member === undefined) break;
      onStack.delete(member);
      component.push(member);
      if (member === row) break;
    }
    if (component.length > 1) found.push(component);
  };
  for (const node of nodes) if (!order.has(node)) visit(node);
  return found;
}

/** The members in the order in which they wait for each other, as far as one way through them goes. */
function orderCycle(
  component: readonly number[],
  next: (row: number) => number[],
  inside: ReadonlySet<number>,
): number[] {
  const start = Math.min(...component);
  const order = [start];
  const passed = new Set(order);
  for (let row = start; ; ) {
    const following = next(row).find((candidate) => inside.has(candidate) && !passed.has(candidate));
    if (following === undefined) break;
    passed.add(following);
    order.push(following);
    row = following;
  }
  for (const row of component) if (!passed.has(row)) order.push(row);
  return order;
}

function triggerOf(
  component: readonly number[],
  inside: ReadonlySet<number>,
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: (device: string) => readonly number[],
  config: DiagnosisConfig,
): number {
  for (const row of component) {
    const ref = table.refs[row];
    const peer = ref === undefined ? undefined : map.peerOf(ref.device, ref.port);
    if (peer === undefined) continue;
    for (const candidate of rowsOfDevice(peer.device)) {
      const at = table.refs[candidate];
      if (inside.has(candidate) || at === undefined || at.port === peer.port) continue;
      const facing = map.peerOf(at.device, at.port);
      const edge = facing !== undefined && map.roleOf(facing.device) === 'host';
      if (
        edge &&
        table.seen('rxPause', candidate) >= 0.05 &&
        table.seen('rxPauseMean', candidate) >= config.pausedFraction
      ) {
        return candidate;
      }
    }
  }
  return -1;
}
