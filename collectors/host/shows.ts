import type { CounterName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { PortPlan } from './plan.ts';

/** What an operator loses without a counter, in canonical fields. */
const FIELDS: readonly (readonly [SampleField, readonly CounterName[]])[] = [
  ['rxBytesPerSec', ['rxBytes']],
  ['txBytesPerSec', ['txBytes']],
  ['rxPauseFraction', ['rxPauseUs', 'rxPauseQuanta']],
  ['txPauseFraction', ['txPauseUs', 'txPauseQuanta']],
  ['rxPauseFramesPerSec', ['rxPauseFrames']],
  ['txPauseFramesPerSec', ['txPauseFrames']],
  ['pauseStormsPerSec', ['pauseStorms']],
  ['ecnMarkedPerSec', ['ecnMarkedPackets']],
  ['cnpSentPerSec', ['cnpSent']],
  ['cnpHandledPerSec', ['cnpHandled']],
  ['dropsPerSec', ['drops']],
  ['outOfBufferPerSec', ['outOfBuffer']],
  ['outOfSequencePerSec', ['outOfSequence']],
  ['ackTimeoutsPerSec', ['ackTimeouts']],
  ['retransmitsPerSec', ['retransmits']],
  ['xmitWaitFraction', ['xmitWaitTicks']],
  ['correctedBitsPerSec', ['correctedBits']],
  ['symbolErrorsPerSec', ['symbolErrors']],
  ['rxErrorsPerSec', ['rxErrors']],
  ['linkRecoveriesPerSec', ['linkRecoveries']],
];
/** Fields that exist on one kind of link only: nobody misses PFC or ECN on InfiniBand, or credit waits on Ethernet. */
const ETHERNET_ONLY: ReadonlySet<SampleField> = new Set([
  'rxPauseFraction',
  'txPauseFraction',
  'rxPauseFramesPerSec',
  'txPauseFramesPerSec',
  'pauseStormsPerSec',
  'ecnMarkedPerSec',
  'cnpSentPerSec',
  'cnpHandledPerSec',
]);
const INFINIBAND_ONLY: ReadonlySet<SampleField> = new Set(['xmitWaitFraction', 'linkRecoveriesPerSec']);

function shows(plan: PortPlan, counters: readonly CounterName[]): boolean {
  return plan.counters.some((entry) => counters.includes(entry.counter));
}

/** Canonical fields that at least one port gives. */
export function fieldsShown(plans: readonly PortPlan[]): string[] {
  return FIELDS.filter(([, counters]) => plans.some((plan) => shows(plan, counters))).map(([field]) => field);
}

/** Canonical fields that no port gives although its kind of link could have them. */
export function fieldsMissing(plans: readonly PortPlan[]): string[] {
  const layers = new Set(plans.map((plan) => plan.port.linkLayer));
  const possible = (field: SampleField) =>
    !(ETHERNET_ONLY.has(field) && !layers.has('ethernet')) &&
    !(INFINIBAND_ONLY.has(field) && !layers.has('infiniband'));
  const shown = fieldsShown(plans);
  return FIELDS.filter(([field]) => !shown.includes(field) && possible(field)).map(([field]) => field);
}
