import { QUALITIES, type SampleField } from '../samples/fields.ts';
import type { SampleFrame } from '../samples/frame.ts';

const BOUNDED = QUALITIES.indexOf('bounded');
const SUSPECT = QUALITIES.indexOf('suspect_unit');

/** The columns of a frame that detectors read, whole port or the highest of all priorities. */
export interface PortColumns {
  /** [port] 0..1; NaN = not known. */
  rxPause: Float64Array | undefined;
  txPause: Float64Array | undefined;
  /** [port] frames/s where only frames are counted: an upper bound of pause is all there is. */
  rxPauseFrames: Float64Array | undefined;
  txPauseFrames: Float64Array | undefined;
  txUtil: Float64Array | undefined;
  rxUtil: Float64Array | undefined;
  rxBytes: Float64Array | undefined;
  txPackets: Float64Array | undefined;
  rxPackets: Float64Array | undefined;
  ecnShare: Float64Array | undefined;
  watermark: Float64Array | undefined;
  queue: Float64Array | undefined;
  drops: Float64Array | undefined;
  linkRate: Float64Array | undefined;
  cnpHandled: Float64Array | undefined;
  linkUp: Float64Array | undefined;
  ber: Float64Array | undefined;
  correctedBits: Float64Array | undefined;
  uncorrectable: Float64Array | undefined;
  /** [port] share of frames that FEC's corrected codewords foretell to be lost, over two minutes. */
  predictedLoss: Float64Array | undefined;
  symbolErrors: Float64Array | undefined;
  /** [port] how often an InfiniBand link had to be trained again without going down, per second. */
  recoveries: Float64Array | undefined;
  storms: Float64Array | undefined;
  watchdog: Float64Array | undefined;
  /** True where only pause frames are counted and the pause columns are estimates: they support, they open nothing alone. */
  pauseEstimated: boolean;
  /** PFC priority the pause columns stand for; -1 where several or none. */
  priority: number;
}

/** True for a frame that only bounds its values, or whose unit is in doubt: no finding stands on it. */
export function isWeak(frame: SampleFrame): boolean {
  for (let port = 0; port < frame.quality.length; port++) {
    if (Number.isNaN(frame.endMs[port] ?? Number.NaN)) continue;
    return frame.quality[port] === BOUNDED || frame.quality[port] === SUSPECT;
  }
  return false;
}

/** Finds the detectors' columns in a frame; a field given per priority counts with its highest. */
export function portColumns(frame: SampleFrame): PortColumns {
  const byField = new Map<SampleField, { values: Float64Array; priority: number; merged: boolean }>();
  for (const { field, priority, values } of frame.columns) {
    const known = byField.get(field);
    if (known === undefined) byField.set(field, { values, priority, merged: false });
    else if (known.merged) raise(known.values, values);
    else byField.set(field, { values: raise(known.values.slice(), values), priority: -1, merged: true });
  }
  const of = (field: SampleField): Float64Array | undefined => byField.get(field)?.values;
  const columns: PortColumns = {
    rxPause: of('rxPauseFraction'),
    txPause: of('txPauseFraction'),
    rxPauseFrames: of('rxPauseFramesPerSec'),
    txPauseFrames: of('txPauseFramesPerSec'),
    txUtil: of('txUtilFraction'),
    rxUtil: of('rxUtilFraction'),
    rxBytes: of('rxBytesPerSec'),
    txPackets: of('txPacketsPerSec'),
    rxPackets: of('rxPacketsPerSec'),
    ecnShare: of('ecnMarkFraction'),
    watermark: of('queueWatermarkBytes'),
    queue: of('queueBytes'),
    drops: of('dropsPerSec'),
    linkRate: of('linkRateBitsPerSec'),
    cnpHandled: of('cnpHandledPerSec'),
    linkUp: of('linkUp'),
    ber: of('preFecBer'),
    correctedBits: of('correctedBitsPerSec'),
    uncorrectable: of('uncorrectablePerSec'),
    predictedLoss: of('predictedFrameLossRatio'),
    symbolErrors: of('symbolErrorsPerSec'),
    recoveries: of('linkRecoveriesPerSec'),
    storms: of('pauseStormsPerSec'),
    watchdog: of('watchdogStormsPerSec'),
    pauseEstimated: false,
    priority: byField.get('rxPauseFraction')?.priority ?? byField.get('rxPauseFramesPerSec')?.priority ?? -1,
  };
  estimatePause(columns);
  return columns;
}

/** Longest pause one frame can ask for, bits at line rate. @source IEEE 802.3 Annex 31B: 65,535 quanta of 512 bits */
const LONGEST_PAUSE_BITS = 65_535 * 512;

/**
 * Where a device counts pause frames only: a transmitter cannot have been held while it sent, nor longer than its
 * frames can ask for. The smaller of the two stands in for the pause share. It is an upper bound, good for telling
 * ports apart, never for opening a finding by itself.
 * @source detection.md section 13 item 9
 */
function estimatePause(columns: PortColumns): void {
  const { rxPauseFrames, txPauseFrames } = columns;
  if (columns.rxPause === undefined && rxPauseFrames !== undefined) {
    columns.pauseEstimated = true;
    columns.rxPause = rxPauseFrames.map((frames, port) => estimate(frames, at(columns.txUtil, port), columns, port));
  }
  if (columns.txPause === undefined && txPauseFrames !== undefined) {
    columns.txPause = txPauseFrames.map((frames, port) => estimate(frames, at(columns.rxUtil, port), columns, port));
  }
}

function estimate(framesPerSec: number, util: number, columns: PortColumns, port: number): number {
  const bound = (framesPerSec * LONGEST_PAUSE_BITS) / at(columns.linkRate, port);
  return Math.min(bound, 1 - util);
}

/** Puts the higher of both into `most`, and returns it. */
function raise(most: Float64Array, values: Float64Array): Float64Array {
  for (let port = 0; port < most.length; port++) {
    const value = values[port] ?? Number.NaN;
    if (!((most[port] ?? Number.NaN) >= value || Number.isNaN(value))) most[port] = value;
  }
  return most;
}

/** A value of a column; NaN where the column or the value is missing. */
export function at(values: Float64Array | undefined, port: number): number {
  return values === undefined ? Number.NaN : (values[port] ?? Number.NaN);
}

/** A value of a column, 0 where it is not known: for sums of what was seen. */
export function seen(values: Float64Array | undefined, port: number): number {
  const value = at(values, port);
  return value > 0 ? value : 0;
}
