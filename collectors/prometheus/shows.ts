import type { CounterName, GaugeName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';

/** What an operator loses without a counter, in canonical fields. `pause`: of Ethernet only; `wait`: of InfiniBand only. */
const FIELDS: readonly (readonly [SampleField, readonly (CounterName | GaugeName)[], ('pause' | 'wait')?])[] = [
  ['rxBytesPerSec', ['rxBytes']],
  ['txBytesPerSec', ['txBytes']],
  ['rxPauseFraction', ['rxPauseUs', 'rxPauseQuanta'], 'pause'],
  ['txPauseFraction', ['txPauseUs', 'txPauseQuanta'], 'pause'],
  ['rxPauseFramesPerSec', ['rxPauseFrames'], 'pause'],
  ['txPauseFramesPerSec', ['txPauseFrames'], 'pause'],
  ['ecnMarkedPerSec', ['ecnMarkedPackets'], 'pause'],
  ['dropsPerSec', ['drops']],
  ['xmitWaitFraction', ['xmitWaitTicks'], 'wait'],
  ['symbolErrorsPerSec', ['symbolErrors']],
];

/** Canonical fields that these counters give, and those they do not although such links could have them. */
export function fieldsOf(given: ReadonlySet<CounterName | GaugeName>): { shows: string[]; missing: string[] } {
  const infiniband = given.has('xmitWaitTicks');
  const ethernet = !infiniband || given.has('rxPauseFrames') || given.has('rxPauseUs');
  const shows: string[] = [];
  const missing: string[] = [];
  for (const [field, counters, only] of FIELDS) {
    if (counters.some((counter) => given.has(counter))) shows.push(field);
    else if (only === undefined || (only === 'pause' ? ethernet : infiniband)) missing.push(field);
  }
  return { shows, missing };
}
