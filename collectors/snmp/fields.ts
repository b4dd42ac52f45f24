import type { CounterName, GaugeName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { PollPlan } from './plan/plan.ts';

/** Canonical fields that follow from each counter. */
const FIELDS_OF_COUNTER: Partial<Record<CounterName, readonly SampleField[]>> = {
  rxBytes: ['rxBytesPerSec', 'rxUtilFraction'],
  txBytes: ['txBytesPerSec', 'txUtilFraction'],
  rxPackets: ['rxPacketsPerSec'],
  txPackets: ['txPacketsPerSec'],
  rxPauseFrames: ['rxPauseFramesPerSec'],
  txPauseFrames: ['txPauseFramesPerSec'],
  rxPauseUs: ['rxPauseFraction'],
  txPauseUs: ['txPauseFraction'],
  pauseStorms: ['pauseStormsPerSec'],
  watchdogStorms: ['watchdogStormsPerSec'],
  ecnMarkedPackets: ['ecnMarkedPerSec', 'ecnMarkFraction'],
  drops: ['dropsPerSec'],
  xmitWaitTicks: ['xmitWaitFraction'],
  symbolErrors: ['symbolErrorsPerSec'],
};

const FIELD_OF_GAUGE: Record<GaugeName, SampleField> = {
  queueBytes: 'queueBytes',
  queueWatermarkBytes: 'queueWatermarkBytes',
  ingressWatermarkBytes: 'ingressWatermarkBytes',
  headroomWatermarkBytes: 'headroomWatermarkBytes',
  pciStallFraction: 'pciStallFraction',
  preFecBer: 'preFecBer',
  rxPowerDbm: 'rxPowerDbm',
  temperatureC: 'temperatureC',
};

/** What a switch port could show at best over SNMP; NIC and InfiniBand fields are not missed here. */
const SWITCH_FIELDS: readonly SampleField[] = [
  'rxBytesPerSec',
  'txBytesPerSec',
  'rxPacketsPerSec',
  'txPacketsPerSec',
  'rxUtilFraction',
  'txUtilFraction',
  'rxPauseFraction',
  'txPauseFraction',
  'rxPauseFramesPerSec',
  'txPauseFramesPerSec',
  'watchdogStormsPerSec',
  'ecnMarkedPerSec',
  'ecnMarkFraction',
  'dropsPerSec',
  'queueBytes',
  'queueWatermarkBytes',
  'symbolErrorsPerSec',
  'linkUp',
  'linkRateBitsPerSec',
  'rxPowerDbm',
  'temperatureC',
];

/** Canonical fields this device's plan gives, and those of a switch port that it does not. */
export function fieldsOf(
  plan: PollPlan,
  optics: readonly GaugeName[],
): { shows: SampleField[]; missing: SampleField[] } {
  const shown = new Set<SampleField>();
  for (const { counter } of plan.counters) for (const field of FIELDS_OF_COUNTER[counter] ?? []) shown.add(field);
  for (const { gauge } of plan.gauges) shown.add(FIELD_OF_GAUGE[gauge]);
  for (const gauge of optics) shown.add(FIELD_OF_GAUGE[gauge]);
  for (const { state } of plan.states) {
    if (state === 'operStatus') shown.add('linkUp');
    if (state === 'highSpeedMbps') shown.add('linkRateBitsPerSec');
  }
  return { shows: [...shown], missing: SWITCH_FIELDS.filter((field) => !shown.has(field)) };
}
