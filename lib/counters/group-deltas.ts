import type { ColumnSource } from './columns.ts';
import { type CounterDelta, isSaturated, subtractWords } from './delta.ts';
import {
  type Baseline,
  baselineOf,
  columnKey,
  type DeviceState,
  type GroupName,
  type GroupState,
} from './device-state.ts';
import { maxGrowth, PHYSICAL_TOLERANCE, wrapCeiling, wrapsTooFast } from './limits.ts';
import type { CounterColumn, ReadingFrame } from './reading.ts';

/** What happened to a port between two reads of a group. */
export const PORT_STATES = { none: 0, baselineOnly: 1, valid: 2 } as const;

/** Growth of one counter of every port over the group's interval; NaN where it is not known. */
export interface GrownCounter {
  column: CounterColumn;
  baseline: Baseline;
  /** [port] */
  growth: Float64Array;
}

/** One group of one poll: which ports have an interval, and what grew in it. */
export interface GroupDeltas {
  /** [port] one of PORT_STATES. */
  state: Uint8Array;
  /** [port] start and end of the interval, ms; NaN where there is none. */
  startMs: Float64Array;
  endMs: Float64Array;
  grown: GrownCounter[];
}

/** Longest accepted gap, nominal intervals. @source detection.md section 1 item 7 */
const MAX_GAP_INTERVALS = 3;

const scratch: CounterDelta = { fell: false, amount: 0 };

/** How many ports of a group moved since their baseline; -1 where nothing can be compared yet. */
export function changedPorts(group: GroupState, columns: readonly CounterColumn[], ports: number): number {
  let changed = 0;
  let comparable = 0;
  const baselines = columns.map((column) => group.baselines.get(columnKey(column)));
  for (let port = 0; port < ports; port++) {
    let known = false;
    let moved = false;
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c];
      const baseline = baselines[c];
      if (column === undefined || baseline === undefined || baseline.known[port] !== 1 || column.present[port] !== 1)
        continue;
      known = true;
      if (baseline.low[port] !== column.low[port] || baseline.high[port] !== column.high[port]) {
        moved = true;
        break;
      }
    }
    if (known) comparable++;
    if (moved) changed++;
  }
  return comparable === 0 ? -1 : changed;
}

/**
 * Subtracts one group of counters from its baseline and moves the baseline on. A counter that fell although the
 * wrap is impossible restarts its whole port: the other counters of that port were cleared with it.
 * @param broken [port] 1 where something outside the counters ended the interval (restart, new link rate, flap)
 */
export function advanceGroup(
  device: DeviceState,
  name: GroupName,
  reading: ReadingFrame,
  columns: readonly CounterColumn[],
  broken: Uint8Array,
  nominalMs: number,
  problems: string[],
  source: ColumnSource,
): GroupDeltas {
  const group = device.groups[name];
  const ports = reading.ports.length;
  const deltas: GroupDeltas = {
    state: new Uint8Array(ports),
    startMs: source.take(ports).fill(Number.NaN),
    endMs: source.take(ports).fill(Number.NaN),
    grown: [],
  };
  openIntervals(group, reading, broken, nominalMs, deltas);
  for (const column of columns)
    deltas.grown.push(growthOf(device, group, reading, column, deltas, nominalMs, problems, source.take(ports)));
  for (let port = 0; port < ports; port++) {
    if (deltas.state[port] === PORT_STATES.baselineOnly)
      for (const { growth } of deltas.grown) growth[port] = Number.NaN;
    if (deltas.state[port] === PORT_STATES.none) continue;
    group.atMs[port] = reading.atMs[port] ?? Number.NaN;
    group.lengthMs[port] = (deltas.endMs[port] ?? Number.NaN) - (deltas.startMs[port] ?? Number.NaN);
  }
  for (const { baseline, growth } of deltas.grown) {
    for (let port = 0; port < ports; port++) {
      if (deltas.state[port] !== PORT_STATES.none) baseline.growth[port] = growth[port] ?? Number.NaN;
    }
  }
  return deltas;
}

function openIntervals(
  group: GroupState,
  reading: ReadingFrame,
  broken: Uint8Array,
  nominalMs: number,
  deltas: GroupDeltas,
): void {
  const rhythm = Math.max(nominalMs, group.staircase.refreshMs);
  for (let port = 0; port < reading.ports.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    const last = group.atMs[port] ?? Number.NaN;
    // Late and repeated reads leave no trace.
    if (Number.isNaN(at) || at <= last) continue;
    if (Number.isNaN(last)) {
      deltas.state[port] = PORT_STATES.baselineOnly;
      continue;
    }
    const expectedMs = Math.max(rhythm, reading.expectedIntervalMs?.[port] ?? 0);
    const gap = expectedMs > 0 && at - last > MAX_GAP_INTERVALS * expectedMs;
    deltas.state[port] = gap || broken[port] === 1 ? PORT_STATES.baselineOnly : PORT_STATES.valid;
    if (gap) continue;
    deltas.startMs[port] = last;
    deltas.endMs[port] = at;
  }
}

function growthOf(
  device: DeviceState,
  group: GroupState,
  reading: ReadingFrame,
  column: CounterColumn,
  deltas: GroupDeltas,
  nominalMs: number,
  problems: string[],
  growth: Float64Array,
): GrownCounter {
  const ports = reading.ports.length;
  const baseline = baselineOf(group, columnKey(column), ports);
  const saturates = column.saturates === true;
  growth.fill(Number.NaN);
  for (let port = 0; port < ports; port++) {
    if (deltas.state[port] === PORT_STATES.none) continue;
    const high = column.high[port] ?? 0;
    const low = column.low[port] ?? 0;
    if (column.present[port] !== 1) {
      baseline.known[port] = 0;
      continue;
    }
    if (deltas.state[port] === PORT_STATES.valid && baseline.known[port] === 1) {
      subtractWords(baseline.high[port] ?? 0, baseline.low[port] ?? 0, high, low, column.widthBits, scratch);
      const lengthMs = group.lengthMs[port] ?? Number.NaN;
      growth[port] = accept(reading, column, port, deltas, scratch, baseline.growth[port] ?? Number.NaN, lengthMs);
      if (growth[port] === RESET) {
        deltas.state[port] = PORT_STATES.baselineOnly;
        growth[port] = Number.NaN;
        device.told.delete(saturatedKey(reading, column, port));
        problems.push(`${reading.device}/${reading.ports[port]}: ${column.counter} fell: the port's counters restart`);
      }
    }
    const rate = reading.linkRateBitsPerSec[port] ?? Number.NaN;
    if (wrapsTooFast(column.counter, column.widthBits, rate, nominalMs / 1000)) {
      growth[port] = Number.NaN;
      refuse(device, reading, column, port, rate, problems);
    } else if (saturates && isSaturated(high, low, column.widthBits)) {
      growth[port] = Number.NaN;
      tellSaturated(device, reading, column, port, problems);
    }
    baseline.high[port] = high;
    baseline.low[port] = low;
    baseline.known[port] = 1;
  }
  return { column, baseline, growth };
}

const RESET = -1;

/** The growth if physics allows it, RESET where the counter was cleared, NaN where it jumped further than the wire allows. */
function accept(
  reading: ReadingFrame,
  column: CounterColumn,
  port: number,
  deltas: GroupDeltas,
  delta: CounterDelta,
  growthBefore: number,
  lengthBeforeMs: number,
): number {
  const rate = reading.linkRateBitsPerSec[port] ?? Number.NaN;
  const elapsedMs = (deltas.endMs[port] ?? 0) - (deltas.startMs[port] ?? 0) + 2 * reading.clockErrorMs;
  const most = maxGrowth(column.counter, rate, elapsedMs / 1000);
  if (delta.fell) {
    if (column.saturates === true) return RESET;
    return delta.amount <= Math.min(most, wrapCeiling(column.widthBits)) || delta.amount <= boundedWrap(most)
      ? delta.amount
      : RESET;
  }
  if (delta.amount <= most) return delta.amount;
  // A device that refreshes in its own rhythm hands over what the interval before was short of: both together are
  // possible, this one alone was simply full.
  const both = maxGrowth(column.counter, rate, (elapsedMs + lengthBeforeMs) / 1000);
  if (delta.amount + growthBefore <= both) return most / PHYSICAL_TOLERANCE;
  // Pause time that breaks physics is judged where it is turned into a fraction: it may be another unit.
  return column.counter === 'rxPauseUs' || column.counter === 'txPauseUs' ? delta.amount : Number.NaN;
}

/** With a finite physical bound the bound alone decides whether a fall is a wrap. */
function boundedWrap(most: number): number {
  return Number.isFinite(most) ? most : 0;
}

function refuse(
  device: DeviceState,
  reading: ReadingFrame,
  column: CounterColumn,
  port: number,
  rate: number,
  problems: string[],
): void {
  const key = `refused ${column.counter}`;
  if (device.told.has(key)) return;
  device.told.add(key);
  const wrapMs = Math.round(((2 ** 32 * 8) / rate) * 1000);
  problems.push(
    `${reading.device}/${reading.ports[port]}: ${column.counter} refused: 32 bits at ${rate / 1e9}G wrap in ${wrapMs} ms`,
  );
}

/** Once per port and counter until it has been cleared: a counter at its end shows nothing from then on. */
function tellSaturated(
  device: DeviceState,
  reading: ReadingFrame,
  column: CounterColumn,
  port: number,
  problems: string[],
): void {
  const key = saturatedKey(reading, column, port);
  if (device.told.has(key)) return;
  device.told.add(key);
  problems.push(
    `${reading.device}/${reading.ports[port]}: ${column.counter} saturated: it stands at its end and shows nothing until it is cleared`,
  );
}

function saturatedKey(reading: ReadingFrame, column: CounterColumn, port: number): string {
  return `saturated ${column.counter} ${reading.ports[port]}`;
}
