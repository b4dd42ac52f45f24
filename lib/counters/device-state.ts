import {
  type PackedArray,
  packArray,
  unpackFloat32,
  unpackFloat64,
  unpackUint8,
  unpackUint32,
} from '../samples/packed.ts';
import type { CodewordWindow } from './codeword-window.ts';
import type { CounterColumn, CounterName } from './reading.ts';
import { newStaircase, type StaircaseState } from './staircase.ts';

/**
 * Counters that a device may refresh in its own rhythm: queue statistics are often 10 s old where port counters are
 * 1 s old (SONiC portsorch.cpp). Each group has its own baseline and yields its own frame when its rhythm differs.
 */
export const GROUPS = ['port', 'queue', 'fec'] as const;
export type GroupName = (typeof GROUPS)[number];

const QUEUE_COUNTERS: ReadonlySet<string> = new Set(['ecnMarkedPackets']);
const FEC_COUNTERS: ReadonlySet<string> = new Set(['correctedBits', 'uncorrectableCodewords']);

/** The group a counter belongs to; bins of codewords are read by windows of their own (codeword-window.ts). */
export function groupOf(counter: CounterName): GroupName | 'codewords' {
  if (counter === 'codewordErrors') return 'codewords';
  if (QUEUE_COUNTERS.has(counter)) return 'queue';
  return FEC_COUNTERS.has(counter) ? 'fec' : 'port';
}

/** Last value of one counter of every port. */
export interface Baseline {
  high: Uint32Array;
  low: Uint32Array;
  /** [port] 1 where high/low hold a value read at the group's time. */
  known: Uint8Array;
  /** [port] growth in the interval before; NaN = not known. */
  growth: Float32Array;
}

/** One group of counters of one device. */
export interface GroupState {
  /** [port] ms of the last read that moved the baseline; NaN = none yet. */
  atMs: Float64Array;
  /** [port] length of the interval before, ms; NaN = there was none. */
  lengthMs: Float64Array;
  baselines: Map<string, Baseline>;
  staircase: StaircaseState;
}

/** All that is kept of one device between polls: under 1 KiB per port with 60 counters. */
export interface DeviceState {
  ports: readonly string[];
  bootId: string | undefined;
  uptimeMs: number | undefined;
  /** [port] */
  rate: Float64Array;
  linkUp: Uint8Array;
  discontinuityMs: Float64Array;
  /** [port] intervals in a row in which the pause time broke physics, rx in the low four bits, tx in the high. */
  pauseBreaks: Uint8Array;
  /** [port] 1 rx, 2 tx: the pause time of this port is read as quanta since it broke physics three times. */
  pauseAsQuanta: Uint8Array;
  groups: Record<GroupName, GroupState>;
  /** Of devices that count codewords by their errors. */
  codewords?: CodewordWindow | undefined;
  /** Spacing of the last polls, ms: their median is the nominal interval. */
  spacingsMs: number[];
  lastPollMs: number;
  /** Largest transmit wait seen, ticks per second: stands for "blocked all the time". */
  waitTicksPerSecMax: number;
  /** Problems already told, so that each is told once. */
  told: Set<string>;
}

/** The key of a counter column in a state. */
export function columnKey(column: Pick<CounterColumn, 'counter' | 'priority'>): string {
  return `${column.counter}:${column.priority}`;
}

/** A device nobody has read yet. */
export function newDeviceState(ports: readonly string[]): DeviceState {
  const group = (): GroupState => ({
    atMs: new Float64Array(ports.length).fill(Number.NaN),
    lengthMs: new Float64Array(ports.length).fill(Number.NaN),
    baselines: new Map(),
    staircase: newStaircase(),
  });
  return {
    ports,
    bootId: undefined,
    uptimeMs: undefined,
    rate: new Float64Array(ports.length).fill(Number.NaN),
    linkUp: new Uint8Array(ports.length).fill(255),
    discontinuityMs: new Float64Array(ports.length).fill(Number.NaN),
    pauseBreaks: new Uint8Array(ports.length),
    pauseAsQuanta: new Uint8Array(ports.length),
    groups: { port: group(), queue: group(), fec: group() },
    spacingsMs: [],
    lastPollMs: Number.NaN,
    waitTicksPerSecMax: 0,
    told: new Set(),
  };
}

/** The baseline of a counter in its group, made on first sight. */
export function baselineOf(group: GroupState, key: string, ports: number): Baseline {
  let baseline = group.baselines.get(key);
  if (baseline === undefined) {
    baseline = {
      high: new Uint32Array(ports),
      low: new Uint32Array(ports),
      known: new Uint8Array(ports),
      growth: new Float32Array(ports).fill(Number.NaN),
    };
    group.baselines.set(key, baseline);
  }
  return baseline;
}

/** Moves a device's state to a new port list: ports that stayed keep their baseline. */
export function remapPorts(state: DeviceState, ports: readonly string[]): void {
  const from = new Map(state.ports.map((port, index) => [port, index]));
  const source = ports.map((port) => from.get(port) ?? -1);
  const move = <T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(old: T, next: T): T => {
    for (const [index, previous] of source.entries()) if (previous >= 0) next[index] = old[previous] ?? 0;
    return next;
  };
  const nan = (): Float64Array => new Float64Array(ports.length).fill(Number.NaN);
  state.rate = move(state.rate, nan());
  state.linkUp = move(state.linkUp, new Uint8Array(ports.length).fill(255));
  state.discontinuityMs = move(state.discontinuityMs, nan());
  state.pauseBreaks = move(state.pauseBreaks, new Uint8Array(ports.length));
  state.pauseAsQuanta = move(state.pauseAsQuanta, new Uint8Array(ports.length));
  for (const name of GROUPS) {
    const group = state.groups[name];
    group.atMs = move(group.atMs, nan());
    group.lengthMs = move(group.lengthMs, nan());
    for (const baseline of group.baselines.values()) {
      baseline.high = move(baseline.high, new Uint32Array(ports.length));
      baseline.low = move(baseline.low, new Uint32Array(ports.length));
      baseline.known = move(baseline.known, new Uint8Array(ports.length));
      baseline.growth = move(baseline.growth, new Float32Array(ports.length).fill(Number.NaN));
    }
  }
  state.codewords = undefined;
  state.ports = ports;
}

interface PackedGroup {
  atMs: PackedArray;
  lengthMs: PackedArray;
  baselines: [string, PackedArray, PackedArray, PackedArray, PackedArray][];
  staircase: StaircaseState;
}

/** A device state as plain JSON. */
export interface PackedDevice {
  ports: string[];
  bootId?: string;
  uptimeMs?: number;
  rate: PackedArray;
  linkUp: PackedArray;
  discontinuityMs: PackedArray;
  pauseBreaks: PackedArray;
  pauseAsQuanta: PackedArray;
  groups: Record<GroupName, PackedGroup>;
  spacingsMs: number[];
  lastPollMs: number | null;
  waitTicksPerSecMax: number;
  told: string[];
}

/** Plain JSON of a device's state. */
export function packDevice(state: DeviceState): PackedDevice {
  const group = (name: GroupName): PackedGroup => ({
    atMs: packArray(state.groups[name].atMs),
    lengthMs: packArray(state.groups[name].lengthMs),
    baselines: [...state.groups[name].baselines].map(([key, value]) => [
      key,
      packArray(value.high),
      packArray(value.low),
      packArray(value.known),
      packArray(value.growth),
    ]),
    staircase: structuredClone(state.groups[name].staircase),
  });
  return {
    ports: [...state.ports],
    ...(state.bootId === undefined ? {} : { bootId: state.bootId }),
    ...(state.uptimeMs === undefined ? {} : { uptimeMs: state.uptimeMs }),
    rate: packArray(state.rate),
    linkUp: packArray(state.linkUp),
    discontinuityMs: packArray(state.discontinuityMs),
    pauseBreaks: packArray(state.pauseBreaks),
    pauseAsQuanta: packArray(state.pauseAsQuanta),
    groups: { port: group('port'), queue: group('queue'), fec: group('fec') },
    spacingsMs: [...state.spacingsMs],
    lastPollMs: Number.isNaN(state.lastPollMs) ? null : state.lastPollMs,
    waitTicksPerSecMax: state.waitTicksPerSecMax,
    told: [...state.told],
  };
}

/** The state that packDevice wrote. */
export function unpackDevice(packed: PackedDevice): DeviceState {
  const group = (name: GroupName): GroupState => ({
    atMs: unpackFloat64(packed.groups[name].atMs),
    lengthMs: unpackFloat64(packed.groups[name].lengthMs),
    baselines: new Map(
      packed.groups[name].baselines.map(([key, high, low, known, growth]) => [
        key,
        { high: unpackUint32(high), low: unpackUint32(low), known: unpackUint8(known), growth: unpackFloat32(growth) },
      ]),
    ),
    staircase: structuredClone(packed.groups[name].staircase),
  });
  return {
    ports: packed.ports,
    bootId: packed.bootId,
    uptimeMs: packed.uptimeMs,
    rate: unpackFloat64(packed.rate),
    linkUp: unpackUint8(packed.linkUp),
    discontinuityMs: unpackFloat64(packed.discontinuityMs),
    pauseBreaks: unpackUint8(packed.pauseBreaks),
    pauseAsQuanta: unpackUint8(packed.pauseAsQuanta),
    groups: { port: group('port'), queue: group('queue'), fec: group('fec') },
    spacingsMs: packed.spacingsMs,
    lastPollMs: packed.lastPollMs ?? Number.NaN,
    waitTicksPerSecMax: packed.waitTicksPerSecMax,
    told: new Set(packed.told),
  };
}
