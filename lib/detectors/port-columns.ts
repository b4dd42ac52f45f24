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
  storms: Float64Array | undefined;
  watchdog: Float64Array | undefined;
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
    else byField.set(field, { values: highest(known.values, values), priority: -1, merged: true });
  }
  const of = (field: SampleField): Float64Array | undefined => byField.get(field)?.values;
  return {
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
    storms: of('pauseStormsPerSec'),
    watchdog: of('watchdogStormsPerSec'),
    priority: byField.get('rxPauseFraction')?.priority ?? byField.get('txPauseFraction')?.priority ?? -1,
  };
}

function highest(a: Float64Array, b: Float64Array): Float64Array {
  const most = new Float64Array(a.length);
  for (let port = 0; port < most.length; port++) {
    const left = a[port] ?? Number.NaN;
    const right = b[port] ?? Number.NaN;
    most[port] = left >= right || Number.isNaN(right) ? left : right;
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
