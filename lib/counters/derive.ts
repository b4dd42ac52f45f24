import type { SampleField } from '../samples/fields.ts';
import type { SampleColumn } from '../samples/frame.ts';
import type { ColumnSource } from './columns.ts';
import type { DeviceState } from './device-state.ts';
import { laneOverhead } from './frame-loss.ts';
import type { GroupDeltas, GrownCounter } from './group-deltas.ts';
import { pauseBoundFromFrames, pauseFromDuration, pauseFromQuanta } from './pause.ts';
import type { CounterName, ReadingFrame } from './reading.ts';

/** Columns of one interval, by how far they may be trusted. */
export interface DerivedColumns {
  exact: SampleColumn[];
  bounded: SampleColumn[];
  suspect: SampleColumn[];
}

/** Counters that become a plain rate. */
const RATES: Partial<Record<CounterName, SampleField>> = {
  rxBytes: 'rxBytesPerSec',
  txBytes: 'txBytesPerSec',
  rxPackets: 'rxPacketsPerSec',
  txPackets: 'txPacketsPerSec',
  rxPauseFrames: 'rxPauseFramesPerSec',
  txPauseFrames: 'txPauseFramesPerSec',
  pauseStorms: 'pauseStormsPerSec',
  watchdogStorms: 'watchdogStormsPerSec',
  ecnMarkedPackets: 'ecnMarkedPerSec',
  cnpSent: 'cnpSentPerSec',
  cnpHandled: 'cnpHandledPerSec',
  drops: 'dropsPerSec',
  outOfBuffer: 'outOfBufferPerSec',
  outOfSequence: 'outOfSequencePerSec',
  ackTimeouts: 'ackTimeoutsPerSec',
  retransmits: 'retransmitsPerSec',
  correctedBits: 'correctedBitsPerSec',
  uncorrectableCodewords: 'uncorrectablePerSec',
  symbolErrors: 'symbolErrorsPerSec',
  rxErrors: 'rxErrorsPerSec',
  linkRecoveries: 'linkRecoveriesPerSec',
};

/** Packets an interval must have sent before a marked share says anything. */
const MIN_PACKETS_FOR_SHARE = 10;

/** Unit mistakes in a row before a pause time is read as quanta. @source detection.md section 2 */
const BREAKS_UNTIL_SUSPECT = 3;

/** Turns the growth of one group's counters into rates and fractions. */
export function deriveColumns(
  device: DeviceState,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  problems: string[],
  source: ColumnSource,
): DerivedColumns {
  const seconds = secondsOf(deltas, source);
  const derived: DerivedColumns = { exact: [], bounded: [], suspect: [] };
  for (const grown of deltas.grown) addRate(source, grown, seconds, reading, derived.exact);
  for (const priority of prioritiesOf(deltas)) {
    addPause(source, device, reading, deltas, seconds, priority, 'rx', derived, problems);
    addPause(source, device, reading, deltas, seconds, priority, 'tx', derived, problems);
    addEpisodeLength(source, deltas, priority, derived.exact);
    addMarkedShare(source, deltas, priority, derived.exact);
  }
  addWait(source, device, deltas, seconds, derived.bounded);
  addBitErrors(source, reading, deltas, seconds, derived.exact);
  return derived;
}

function secondsOf(deltas: GroupDeltas, source: ColumnSource): Float64Array {
  const seconds = source.take(deltas.startMs.length);
  for (let port = 0; port < seconds.length; port++) {
    seconds[port] = ((deltas.endMs[port] ?? Number.NaN) - (deltas.startMs[port] ?? Number.NaN)) / 1000;
  }
  return seconds;
}

function prioritiesOf(deltas: GroupDeltas): number[] {
  return [...new Set(deltas.grown.map((entry) => entry.column.priority))].sort((a, b) => a - b);
}

function find(deltas: GroupDeltas, counter: CounterName, priority: number): Float64Array | undefined {
  for (const entry of deltas.grown) {
    if (entry.column.counter === counter && entry.column.priority === priority) return entry.growth;
  }
  return undefined;
}

/** Calls `value` for each port and keeps the column only if some port has a number. */
function pushColumn(
  source: ColumnSource,
  into: SampleColumn[],
  field: SampleField,
  priority: number,
  ports: number,
  value: (port: number) => number,
): void {
  const values = source.take(ports);
  let any = false;
  for (let port = 0; port < ports; port++) {
    const result = value(port);
    values[port] = result;
    if (!Number.isNaN(result)) any = true;
  }
  if (any) into.push({ field, priority, values });
}

function addRate(
  source: ColumnSource,
  grown: GrownCounter,
  seconds: Float64Array,
  reading: ReadingFrame,
  into: SampleColumn[],
): void {
  const { counter, priority } = grown.column;
  const field = RATES[counter];
  if (field === undefined) return;
  const ports = seconds.length;
  pushColumn(source, into, field, priority, ports, (port) => (grown.growth[port] ?? 0) / (seconds[port] ?? 0));
  const util = counter === 'rxBytes' ? 'rxUtilFraction' : counter === 'txBytes' ? 'txUtilFraction' : undefined;
  if (util === undefined || priority !== -1) return;
  pushColumn(source, into, util, priority, ports, (port) => {
    const bits = (grown.growth[port] ?? 0) * 8;
    return Math.min(1, bits / ((seconds[port] ?? 0) * (reading.linkRateBitsPerSec[port] ?? Number.NaN)));
  });
}

type Direction = 'rx' | 'tx';
const PAUSE = {
  rx: { us: 'rxPauseUs', quanta: 'rxPauseQuanta', frames: 'rxPauseFrames', field: 'rxPauseFraction', shift: 0, bit: 1 },
  tx: { us: 'txPauseUs', quanta: 'txPauseQuanta', frames: 'txPauseFrames', field: 'txPauseFraction', shift: 4, bit: 2 },
} as const;

/** Pause share by the best counter the device has: duration, else quanta, else the lowest bound from frames or its own estimate. */
function addPause(
  source: ColumnSource,
  device: DeviceState,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  seconds: Float64Array,
  priority: number,
  direction: Direction,
  derived: DerivedColumns,
  problems: string[],
): void {
  const names = PAUSE[direction];
  const us = find(deltas, names.us, priority);
  const quanta = find(deltas, names.quanta, priority);
  const frames = find(deltas, names.frames, priority);
  const ports = seconds.length;
  const rateOf = (port: number): number => reading.linkRateBitsPerSec[port] ?? Number.NaN;
  const suspect = source.take(ports).fill(Number.NaN);
  let suspected = false;
  if (us !== undefined || quanta !== undefined) {
    pushColumn(source, derived.exact, names.field, priority, ports, (port) => {
      const elapsed = seconds[port] ?? Number.NaN;
      const paused = us?.[port] ?? Number.NaN;
      if (Number.isNaN(paused)) return pauseFromQuanta(quanta?.[port] ?? Number.NaN, rateOf(port), elapsed);
      if (((device.pauseAsQuanta[port] ?? 0) & names.bit) !== 0) {
        suspect[port] = pauseFromQuanta(paused, rateOf(port), elapsed);
        suspected ||= !Number.isNaN(suspect[port] ?? Number.NaN);
        return Number.NaN;
      }
      const fraction = pauseFromDuration(paused, elapsed);
      judgeUnit(device, reading, port, direction, Number.isNaN(fraction), problems);
      return fraction;
    });
  }
  if (suspected) derived.suspect.push({ field: names.field, priority, values: suspect });
  const atMost = direction === 'rx' ? find(deltas, 'rxPauseUsAtMost', priority) : undefined;
  if (frames === undefined && atMost === undefined) return;
  const times = pauseTimes(deltas, direction, priority);
  pushColumn(source, derived.bounded, names.field, priority, ports, (port) => {
    if (times.some((time) => !Number.isNaN(time[port] ?? Number.NaN))) return Number.NaN;
    const elapsed = seconds[port] ?? Number.NaN;
    const estimate = Math.min(1, (atMost?.[port] ?? Number.NaN) / 1e6 / elapsed);
    const bound = pauseBoundFromFrames(frames?.[port] ?? Number.NaN, rateOf(port), elapsed);
    return bound >= estimate || Number.isNaN(bound) ? estimate : bound;
  });
}

/**
 * What was measured of a priority's pause, and of any priority where the whole port is meant: frames bound nothing
 * that a clock has told.
 */
function pauseTimes(deltas: GroupDeltas, direction: Direction, priority: number): Float64Array[] {
  const { us, quanta } = PAUSE[direction];
  return deltas.grown
    .filter(({ column }) => column.counter === us || column.counter === quanta)
    .filter(({ column }) => priority === -1 || column.priority === priority)
    .map(({ growth }) => growth);
}

/** Three pause times in a row above the elapsed time are no times: read them as quanta from then on, and say so. */
function judgeUnit(
  device: DeviceState,
  reading: ReadingFrame,
  port: number,
  direction: Direction,
  broke: boolean,
  problems: string[],
): void {
  const { shift, bit, us } = PAUSE[direction];
  const packed = device.pauseBreaks[port] ?? 0;
  const breaks = broke ? Math.min(15, ((packed >> shift) & 15) + 1) : 0;
  device.pauseBreaks[port] = (packed & ~(15 << shift)) | (breaks << shift);
  if (breaks !== BREAKS_UNTIL_SUSPECT) return;
  device.pauseAsQuanta[port] = (device.pauseAsQuanta[port] ?? 0) | bit;
  problems.push(
    `${reading.device}/${reading.ports[port]}: ${us} grew faster than time ${BREAKS_UNTIL_SUSPECT} times in a row: it is read as quanta and used for no verdict`,
  );
}

function addEpisodeLength(source: ColumnSource, deltas: GroupDeltas, priority: number, into: SampleColumn[]): void {
  const us = find(deltas, 'rxPauseUs', priority);
  const transitions = find(deltas, 'rxPauseTransitions', priority);
  if (us === undefined || transitions === undefined) return;
  pushColumn(source, into, 'pauseEpisodeMeanUs', priority, us.length, (port) => {
    const count = transitions[port] ?? Number.NaN;
    return count > 0 ? (us[port] ?? Number.NaN) / count : Number.NaN;
  });
}

function addMarkedShare(source: ColumnSource, deltas: GroupDeltas, priority: number, into: SampleColumn[]): void {
  const marked = find(deltas, 'ecnMarkedPackets', priority);
  const packets = find(deltas, 'txPackets', priority);
  if (marked === undefined || packets === undefined) return;
  pushColumn(source, into, 'ecnMarkFraction', priority, marked.length, (port) => {
    const sent = packets[port] ?? Number.NaN;
    return sent >= MIN_PACKETS_FOR_SHARE ? Math.min(1, (marked[port] ?? Number.NaN) / sent) : Number.NaN;
  });
}

/** Credit wait of InfiniBand, relative to the most this device ever showed: bounded until it has been fully blocked. */
function addWait(
  source: ColumnSource,
  device: DeviceState,
  deltas: GroupDeltas,
  seconds: Float64Array,
  into: SampleColumn[],
): void {
  for (const entry of deltas.grown) {
    if (entry.column.counter !== 'xmitWaitTicks') continue;
    for (let port = 0; port < seconds.length; port++) {
      const perSec = (entry.growth[port] ?? Number.NaN) / (seconds[port] ?? Number.NaN);
      if (perSec > device.waitTicksPerSecMax) device.waitTicksPerSecMax = perSec;
    }
    const most = device.waitTicksPerSecMax;
    if (most <= 0) continue;
    pushColumn(source, into, 'xmitWaitFraction', entry.column.priority, seconds.length, (port) =>
      Math.min(1, (entry.growth[port] ?? Number.NaN) / (seconds[port] ?? Number.NaN) / most),
    );
  }
}

function addBitErrors(
  source: ColumnSource,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  seconds: Float64Array,
  into: SampleColumn[],
): void {
  const corrected = find(deltas, 'correctedBits', -1);
  if (corrected === undefined) return;
  pushColumn(source, into, 'preFecBer', -1, corrected.length, (port) => {
    const rate = reading.linkRateBitsPerSec[port] ?? Number.NaN;
    return (corrected[port] ?? Number.NaN) / (rate * laneOverhead(rate) * (seconds[port] ?? Number.NaN));
  });
}
