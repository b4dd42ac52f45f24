import type { CounterName, GaugeName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { PollPlan } from './plan/plan.ts';
import type { StateName } from './profiles/profile.ts';

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
  rxErrors: ['rxErrorsPerSec'],
};

const FIELD_OF_GAUGE: Record<GaugeName, SampleField> = {
  queueBytes: 'queueBytes',
  queueWatermarkBytes: 'queueWatermarkBytes',
  ingressWatermarkBytes: 'ingressWatermarkBytes',
  headroomWatermarkBytes: 'headroomWatermarkBytes',
  pciStallFraction: 'pciStallFraction',
  preFecBer: 'preFecBer',
  rxPowerDbm: 'rxPowerDbm',
  rxSnrDb: 'rxSnrDb',
  temperatureC: 'temperatureC',
};

/**
 * What an operator calls the parts of a device's answers: the canonical fields that each should give, and those that
 * are welcome and not missed.
 */
export const PATH_KINDS: readonly {
  kind: string;
  fields: readonly SampleField[];
  also?: readonly SampleField[];
}[] = [
  {
    kind: 'interface counters',
    fields: [
      'rxBytesPerSec',
      'txBytesPerSec',
      'rxPacketsPerSec',
      'txPacketsPerSec',
      'rxUtilFraction',
      'txUtilFraction',
    ],
  },
  { kind: 'port state', fields: ['linkUp', 'linkRateBitsPerSec'] },
  {
    kind: 'pause',
    fields: ['rxPauseFraction', 'txPauseFraction', 'rxPauseFramesPerSec', 'txPauseFramesPerSec'],
    also: ['pauseStormsPerSec'],
  },
  { kind: 'PFC watchdog', fields: ['watchdogStormsPerSec'] },
  { kind: 'ECN marks', fields: ['ecnMarkedPerSec', 'ecnMarkFraction'] },
  { kind: 'drops', fields: ['dropsPerSec'] },
  {
    kind: 'queues and watermarks',
    fields: ['queueBytes', 'queueWatermarkBytes'],
    also: ['ingressWatermarkBytes', 'headroomWatermarkBytes'],
  },
  { kind: 'errors', fields: ['symbolErrorsPerSec', 'rxErrorsPerSec'] },
  { kind: 'InfiniBand waits', fields: [], also: ['xmitWaitFraction'] },
];

/** Of optics, whose tables are read apart. */
export const OPTICS_FIELDS: readonly SampleField[] = ['rxPowerDbm', 'temperatureC'];

/** What a switch port could show at best over SNMP; NIC and InfiniBand fields are not missed here. */
const SWITCH_FIELDS: readonly SampleField[] = [...PATH_KINDS.flatMap(({ fields }) => fields), ...OPTICS_FIELDS];

const FIELDS_OF_STATE: Partial<Record<StateName, readonly SampleField[]>> = {
  operStatus: ['linkUp'],
  highSpeedMbps: ['linkRateBitsPerSec'],
};

/** Canonical fields that follow from what a column gives; none for one that only helps to read the others. */
export function fieldsOfTarget(target: string): readonly SampleField[] {
  return FIELDS_OF_TARGET[target] ?? [];
}

const FIELDS_OF_TARGET: Readonly<Record<string, readonly SampleField[]>> = {
  ...FIELDS_OF_COUNTER,
  ...Object.fromEntries(Object.entries(FIELD_OF_GAUGE).map(([gauge, field]) => [gauge, [field]])),
  ...FIELDS_OF_STATE,
};

/** Canonical fields this device's plan gives, and those of a switch port that it does not. */
export function fieldsOf(
  plan: PollPlan,
  optics: readonly GaugeName[],
): { shows: SampleField[]; missing: SampleField[] } {
  const targets = [
    ...plan.counters.map(({ counter }) => counter),
    ...plan.gauges.map(({ gauge }) => gauge),
    ...plan.states.map(({ state }) => state),
    ...optics,
  ];
  const shown = new Set(targets.flatMap((target) => fieldsOfTarget(target)));
  return { shows: [...shown], missing: SWITCH_FIELDS.filter((field) => !shown.has(field)) };
}
