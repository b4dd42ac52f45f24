import type { CounterName, GaugeName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { DeviceTable } from './intake/table.ts';

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
