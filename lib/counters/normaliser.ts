import { QUALITIES, type Quality, type SampleField } from '../samples/fields.ts';
import type { SampleColumn, SampleFrame } from '../samples/frame.ts';
import { type ColumnSource, freshColumns } from './columns.ts';
import { deriveColumns } from './derive.ts';
import {
  type DeviceState,
  GROUPS,
  type GroupName,
  groupOf,
  newDeviceState,
  type PackedDevice,
  packDevice,
  remapPorts,
  unpackDevice,
} from './device-state.ts';
import { advanceGroup, changedPorts, type GroupDeltas, PORT_STATES } from './group-deltas.ts';
import type { CounterColumn, GaugeName, ReadingFrame } from './reading.ts';
import { holdLimitMs, learnRefresh } from './staircase.ts';

/** Poll spacings whose median is the nominal interval. */
const SPACINGS_KEPT = 9;

/** What one poll gave: samples of each refresh rhythm and quality, and what was wrong, in sentences. */
export interface NormalisedPoll {
  frames: SampleFrame[];
  problems: string[];
}

/** Turns cumulative readings of many devices into samples. One instance per collector; not shared between threads. */
export interface Normaliser {
  /**
   * Takes one poll of one device. Ports that were not read, were read before, or came late yield nothing; an interval
   * in which counters restarted, the link flapped or changed its speed yields states only.
   */
  advance(reading: ReadingFrame): NormalisedPoll;
  /** Refresh period found for a device, ms; null while its values move with every poll. */
  refreshMs(device: string): number | null;
  forget(device: string): void;
  /** Plain JSON of one device's state; undefined where it was never read. */
  snapshotOf(device: string): unknown;
  /** Continues one device from its snapshot. @throws where it is none */
  restoreDevice(device: string, snapshot: unknown): void;
  /** Plain JSON of all state. */
  snapshot(): unknown;
  /** Continues from a snapshot of this version. */
  restore(snapshot: unknown): void;
}

interface NormaliserSnapshot {
  version: 1;
  devices: [string, PackedDevice][];
}

/**
 * A normaliser that knows no device yet.
 * @param source where columns of frames come from; from a pool, frames are valid until it is released
 */
export function createNormaliser(source: ColumnSource = freshColumns): Normaliser {
  let devices = new Map<string, DeviceState>();
  return {
    advance(reading) {
      let state = devices.get(reading.device);
      if (state === undefined) {
        state = newDeviceState(reading.ports);
        devices.set(reading.device, state);
      } else if (state.ports !== reading.ports) {
        if (samePorts(state.ports, reading.ports)) state.ports = reading.ports;
        else remapPorts(state, reading.ports);
      }
      return advanceDevice(state, reading, source);
    },
    refreshMs(device) {
      const period = devices.get(device)?.groups.port.staircase.refreshMs ?? 0;
      return period > 0 ? period : null;
    },
    forget(device) {
      devices.delete(device);
    },
    snapshotOf(device) {
      const state = devices.get(device);
      return state === undefined ? undefined : packDevice(state);
    },
    restoreDevice(device, snapshot) {
      devices.set(device, unpackDevice(snapshot as PackedDevice));
    },
    snapshot(): NormaliserSnapshot {
      return { version: 1, devices: [...devices].map(([name, state]) => [name, packDevice(state)]) };
    },
    restore(snapshot) {
      const saved = snapshot as NormaliserSnapshot;
      if (saved?.version !== 1) return;
      devices = new Map(saved.devices.map(([name, packed]) => [name, unpackDevice(packed)]));
    },
  };
}

function samePorts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((port, index) => port === b[index]);
}

function advanceDevice(device: DeviceState, reading: ReadingFrame, source: ColumnSource): NormalisedPoll {
  const problems: string[] = [];
  const nominalMs = noteInterval(device, reading);
  const broken = brokenIntervals(device, reading, problems);
  const frames: SampleFrame[] = [];
  let main: GroupDeltas | undefined;
  let portsHeld = false;
  for (const name of GROUPS) {
    const columns = reading.counters.filter((column) => groupOf(column.counter) === name);
    if (name !== 'port' && columns.length === 0) continue;
    const held = holds(device, name, reading, columns);
    if (name === 'port') portsHeld = held;
    if (held || (portsHeld && ridesAlong(device, name, columns, reading.ports.length))) continue;
    const deltas = advanceGroup(device, name, reading, columns, broken, nominalMs, problems, source);
    const own = device.groups[name].staircase.refreshMs > 0;
    if (name === 'port') main = deltas;
    const shared = name !== 'port' && main !== undefined && (!own || isTogether(main, deltas)) ? main : undefined;
    if (shared !== undefined) alignTo(shared, deltas);
    addFrames(frames, device, reading, deltas, name, shared, problems, source);
  }
  rememberStates(device, reading);
  return { frames, problems };
}

/** Learns the nominal interval and returns it, ms; 0 while unknown. */
function noteInterval(device: DeviceState, reading: ReadingFrame): number {
  let now = Number.NaN;
  for (let port = 0; port < reading.atMs.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    if (!(at <= now) && !Number.isNaN(at)) now = at;
  }
  const spacing = now - device.lastPollMs;
  if (spacing > 0) {
    device.spacingsMs.push(spacing);
    if (device.spacingsMs.length > SPACINGS_KEPT) device.spacingsMs.shift();
  }
  if (!(now <= device.lastPollMs)) device.lastPollMs = Number.isNaN(now) ? device.lastPollMs : now;
  const sorted = [...device.spacingsMs].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** [port] 1 where something other than the counters says that this interval cannot be subtracted. */
function brokenIntervals(device: DeviceState, reading: ReadingFrame, problems: string[]): Uint8Array {
  const ports = reading.ports.length;
  const broken = new Uint8Array(ports);
  const restarted =
    (reading.bootId !== undefined && device.bootId !== undefined && reading.bootId !== device.bootId) ||
    (reading.uptimeMs !== undefined && device.uptimeMs !== undefined && reading.uptimeMs < device.uptimeMs);
  if (restarted) {
    problems.push(`${reading.device}: restarted: all counters start again`);
    broken.fill(1);
  }
  for (let port = 0; port < ports; port++) {
    if (Number.isNaN(reading.atMs[port] ?? Number.NaN)) continue;
    if (differs(device.rate[port], reading.linkRateBitsPerSec[port])) broken[port] = 1;
    if (differs(device.discontinuityMs[port], reading.discontinuityMs?.[port])) broken[port] = 1;
    const before = device.linkUp[port] ?? 255;
    const now = reading.linkUp[port] ?? 255;
    if (before !== 255 && now !== 255 && before !== now) broken[port] = 1;
  }
  return broken;
}

function differs(before: number | undefined, now: number | undefined): boolean {
  if (before === undefined || now === undefined) return false;
  return !Number.isNaN(before) && !Number.isNaN(now) && before !== now;
}

function rememberStates(device: DeviceState, reading: ReadingFrame): void {
  if (reading.bootId !== undefined) device.bootId = reading.bootId;
  if (reading.uptimeMs !== undefined) device.uptimeMs = reading.uptimeMs;
  for (let port = 0; port < reading.ports.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    // Late rows must not turn the states back either.
    if (Number.isNaN(at) || at < (device.groups.port.atMs[port] ?? 0)) continue;
    const rate = reading.linkRateBitsPerSec[port] ?? Number.NaN;
    if (!Number.isNaN(rate)) device.rate[port] = rate;
    const up = reading.linkUp[port] ?? 255;
    if (up !== 255) device.linkUp[port] = up;
    const discontinuity = reading.discontinuityMs?.[port] ?? Number.NaN;
    if (!Number.isNaN(discontinuity)) device.discontinuityMs[port] = discontinuity;
  }
}

/** True while a staircase device has not refreshed: the poll saw nothing new, which is not the same as nothing moving. */
function holds(
  device: DeviceState,
  name: GroupName,
  reading: ReadingFrame,
  columns: readonly CounterColumn[],
): boolean {
  const group = device.groups[name];
  if (columns.length === 0) return false;
  let now = Number.NaN;
  let since = Number.NaN;
  for (let port = 0; port < reading.ports.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    const last = group.atMs[port] ?? Number.NaN;
    if (Number.isNaN(at) || Number.isNaN(last)) continue;
    if (!(at <= now)) now = at;
    if (!(last <= since)) since = last;
  }
  if (!(now > since)) return false;
  const changed = changedPorts(group, columns, reading.ports.length);
  if (changed < 0) return false;
  const refresh = learnRefresh(group.staircase, now, changed);
  return refresh > 0 && changed === 0 && now - since < holdLimitMs(refresh);
}

/**
 * Marks are too rare to show a rhythm of their own: while the port counters wait for a refresh and these did not move,
 * they wait too. Otherwise their intervals would never match and a marked share could never be told.
 */
function ridesAlong(device: DeviceState, name: GroupName, columns: readonly CounterColumn[], ports: number): boolean {
  const group = device.groups[name];
  return group.staircase.refreshMs === 0 && changedPorts(group, columns, ports) === 0;
}

/** Two groups whose rhythm is the same, as far as this poll shows: every port they both tell of has one interval. */
function isTogether(main: GroupDeltas, deltas: GroupDeltas): boolean {
  let together = false;
  for (let port = 0; port < deltas.state.length; port++) {
    if (deltas.state[port] !== PORT_STATES.valid || main.state[port] !== PORT_STATES.valid) continue;
    if (deltas.startMs[port] !== main.startMs[port] || deltas.endMs[port] !== main.endMs[port]) return false;
    together = true;
  }
  return together;
}

/** A group without its own rhythm rides in the port frame; where its interval differs, it says nothing this once. */
function alignTo(main: GroupDeltas, deltas: GroupDeltas): void {
  for (let port = 0; port < deltas.state.length; port++) {
    const same = deltas.startMs[port] === main.startMs[port] && main.state[port] === PORT_STATES.valid;
    if (same) continue;
    for (const { growth } of deltas.grown) growth[port] = Number.NaN;
  }
}

function addFrames(
  frames: SampleFrame[],
  device: DeviceState,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  name: GroupName,
  shared: GroupDeltas | undefined,
  problems: string[],
  source: ColumnSource,
): void {
  if (
    !deltas.state.some((state, port) => state !== PORT_STATES.none && !Number.isNaN(deltas.endMs[port] ?? Number.NaN))
  ) {
    return;
  }
  // A marked share needs the packets sent in the same interval.
  const packets = shared?.grown.filter((entry) => entry.column.counter === 'txPackets') ?? [];
  const own = deriveColumns(device, reading, { ...deltas, grown: [...deltas.grown, ...packets] }, problems, source);
  const exact = own.exact.filter((column) => packets.length === 0 || column.field !== 'txPacketsPerSec');
  const main = shared === undefined ? undefined : frames.find((frame) => frame.startMs === shared.startMs);
  if (main !== undefined) {
    main.columns.push(...exact, ...stateColumns(device, reading, deltas, name, source));
  } else {
    if (name === 'port') clearFlapped(deltas, exact, own);
    exact.push(...stateColumns(device, reading, deltas, name, source));
    if (exact.length > 0) frames.push(frameOf(reading, deltas, exact, 'exact'));
  }
  if (own.bounded.length > 0) frames.push(frameOf(reading, deltas, own.bounded, 'bounded'));
  if (own.suspect.length > 0) frames.push(frameOf(reading, deltas, own.suspect, 'suspect_unit'));
}

/** An interval with a link flap is never used for pause or bit errors. @source detection.md section 1 item 3 */
function clearFlapped(deltas: GroupDeltas, exact: SampleColumn[], own: { bounded: SampleColumn[] }): void {
  const downs = deltas.grown.find((entry) => entry.column.counter === 'linkDowns')?.growth;
  if (downs === undefined) return;
  for (let port = 0; port < downs.length; port++) {
    if (!((downs[port] ?? 0) > 0)) continue;
    for (const column of [...exact, ...own.bounded]) {
      if (column.field.includes('PauseFraction') || column.field === 'preFecBer') column.values[port] = Number.NaN;
    }
  }
}

const QUEUE_GAUGES: ReadonlySet<GaugeName> = new Set(['queueBytes', 'queueWatermarkBytes']);

/** Gauges, link state and link rate. Queue gauges go with the queue counters where those have their own rhythm. */
function stateColumns(
  device: DeviceState,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  name: GroupName,
  source: ColumnSource,
): SampleColumn[] {
  const columns: SampleColumn[] = [];
  const queueRides = device.groups.queue.staircase.refreshMs === 0;
  for (const gauge of reading.gauges) {
    const home: GroupName = QUEUE_GAUGES.has(gauge.gauge) && !queueRides ? 'queue' : 'port';
    if (home === name)
      columns.push(stateColumn(source, gauge.gauge, gauge.priority, deltas, (port) => gauge.values[port]));
  }
  if (name === 'port') {
    const downs = deltas.grown.find((entry) => entry.column.counter === 'linkDowns')?.growth;
    columns.push(stateColumn(source, 'linkRateBitsPerSec', -1, deltas, (port) => reading.linkRateBitsPerSec[port]));
    columns.push(
      stateColumn(source, 'linkUp', -1, deltas, (port) => {
        const up = reading.linkUp[port] ?? 255;
        if ((downs?.[port] ?? 0) > 0) return 0;
        return up === 255 ? Number.NaN : up;
      }),
    );
  }
  return columns.filter((column) => column.values.some((value) => !Number.isNaN(value)));
}

function stateColumn(
  source: ColumnSource,
  field: SampleField,
  priority: number,
  deltas: GroupDeltas,
  value: (port: number) => number | undefined,
): SampleColumn {
  const values = source.take(deltas.state.length).fill(Number.NaN);
  for (let port = 0; port < values.length; port++) {
    if (Number.isNaN(deltas.endMs[port] ?? Number.NaN)) continue;
    values[port] = value(port) ?? Number.NaN;
  }
  return { field, priority, values };
}

function frameOf(reading: ReadingFrame, deltas: GroupDeltas, columns: SampleColumn[], quality: Quality): SampleFrame {
  return {
    device: reading.device,
    ports: reading.ports,
    startMs: deltas.startMs,
    endMs: deltas.endMs,
    quality: new Uint8Array(reading.ports.length).fill(QUALITIES.indexOf(quality)),
    columns,
  };
}
