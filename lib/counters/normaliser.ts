import type { SampleFrame } from '../samples/frame.ts';
import { advanceWindow } from './codeword-window.ts';
import { type ColumnSource, freshColumns } from './columns.ts';
import {
  type DeviceState,
  GROUPS,
  groupOf,
  newDeviceState,
  type PackedDevice,
  packDevice,
  remapPorts,
  unpackDevice,
} from './device-state.ts';
import { addFrames } from './frames.ts';
import { advanceGroup, type GroupDeltas } from './group-deltas.ts';
import { brokenIntervals, noteInterval, rememberStates } from './interval-state.ts';
import type { CounterName, ReadingFrame } from './reading.ts';
import { alignTo, holds, isTogether, ridesAlong } from './rhythm.ts';

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
  /** Refresh period found for these counters of a device, ms; null while their values move with every poll. */
  refreshMs(device: string, counters?: readonly CounterName[]): number | null;
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
    refreshMs(device, counters) {
      const groups = devices.get(device)?.groups;
      const names = counters === undefined ? (['port'] as const) : new Set(counters.map(groupOf));
      const periods = [...names].map((name) => (name === 'codewords' ? 0 : (groups?.[name].staircase.refreshMs ?? 0)));
      const period = Math.max(0, ...periods);
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
  const bins = reading.counters.filter((column) => groupOf(column.counter) === 'codewords');
  device.codewords = advanceWindow(device.codewords, reading, bins, broken, frames, source);
  rememberStates(device, reading);
  return { frames, problems };
}
