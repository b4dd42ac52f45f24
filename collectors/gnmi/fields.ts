import type { CounterName, GaugeName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { DeviceTable } from './intake/table.ts';
import type { Quantity, StateName } from './paths/types.ts';

const OF_COUNTER: Partial<Record<CounterName, readonly SampleField[]>> = {
  rxBytes: ['rxBytesPerSec'],
  txBytes: ['txBytesPerSec'],
  rxPackets: ['rxPacketsPerSec'],
  txPackets: ['txPacketsPerSec'],
  rxPauseFrames: ['rxPauseFramesPerSec'],
  txPauseFrames: ['txPauseFramesPerSec'],
  rxPauseUs: ['rxPauseFraction'],
  rxPauseUsAtMost: ['rxPauseFraction'],
  txPauseUs: ['txPauseFraction'],
  watchdogStorms: ['watchdogStormsPerSec'],
  ecnMarkedPackets: ['ecnMarkedPerSec'],
  drops: ['dropsPerSec'],
  correctedBits: ['correctedBitsPerSec'],
  uncorrectableCodewords: ['uncorrectablePerSec'],
  codewordErrors: ['predictedFrameLossRatio'],
  symbolErrors: ['symbolErrorsPerSec'],
  rxErrors: ['rxErrorsPerSec'],
};
const OF_GAUGE: Partial<Record<GaugeName, SampleField>> = {
  queueBytes: 'queueBytes',
  queueWatermarkBytes: 'queueWatermarkBytes',
  ingressWatermarkBytes: 'ingressWatermarkBytes',
  headroomWatermarkBytes: 'headroomWatermarkBytes',
  preFecBer: 'preFecBer',
  rxPowerDbm: 'rxPowerDbm',
  rxSnrDb: 'rxSnrDb',
  temperatureC: 'temperatureC',
};

/** What counters give beside, or where others give the same: missed of a path, not of a switch. */
const ALSO_OF_COUNTER: Partial<Record<CounterName, readonly SampleField[]>> = {
  rxPauseTransitions: ['pauseEpisodeMeanUs'],
  correctedBits: ['preFecBer'],
  linkDowns: ['linkUp'],
  linkRecoveries: ['linkRecoveriesPerSec'],
  xmitWaitTicks: ['xmitWaitFraction'],
};
const OF_STATE: Partial<Record<StateName, SampleField>> = {
  operStatus: 'linkUp',
  speedName: 'linkRateBitsPerSec',
  negotiatedSpeedName: 'linkRateBitsPerSec',
  speedMbps: 'linkRateBitsPerSec',
  speedGbps: 'linkRateBitsPerSec',
};

/** Canonical fields that a leaf is read for; none of a leaf that names something, or that comes only when it happens. */
export function fieldsOfQuantity(quantity: Quantity): readonly SampleField[] {
  const one = (field: SampleField | undefined): SampleField[] => (field === undefined ? [] : [field]);
  switch (quantity.kind) {
    case 'counter':
      return [...(OF_COUNTER[quantity.counter] ?? []), ...(ALSO_OF_COUNTER[quantity.counter] ?? [])];
    case 'gauge':
    case 'optic':
      return one(OF_GAUGE[quantity.gauge]);
    case 'state':
      return one(OF_STATE[quantity.state]);
    default:
      return [];
  }
}

/** What a switch port could show at best over gNMI. */
const SWITCH_FIELDS: readonly SampleField[] = [
  ...new Set(Object.values(OF_COUNTER).flat()),
  'rxUtilFraction',
  'txUtilFraction',
  'ecnMarkFraction',
  ...Object.values(OF_GAUGE),
  'linkUp',
  'linkRateBitsPerSec',
];

/** Canonical fields that follow from what has come, and those of a switch port that do not. */
export function fieldsOf(table: DeviceTable): { shows: SampleField[]; missing: SampleField[] } {
  const { counters, gauges, linkUp, linkRate } = table.shown;
  const shown = new Set<SampleField>();
  for (const counter of counters) for (const field of OF_COUNTER[counter] ?? []) shown.add(field);
  for (const gauge of gauges) {
    const field = OF_GAUGE[gauge];
    if (field !== undefined) shown.add(field);
  }
  if (linkUp) shown.add('linkUp');
  if (linkRate) shown.add('linkRateBitsPerSec');
  if (linkRate && counters.has('rxBytes')) shown.add('rxUtilFraction');
  if (linkRate && counters.has('txBytes')) shown.add('txUtilFraction');
  if (counters.has('ecnMarkedPackets') && counters.has('txPackets')) shown.add('ecnMarkFraction');
  return { shows: [...shown], missing: SWITCH_FIELDS.filter((field) => !shown.has(field)) };
}
