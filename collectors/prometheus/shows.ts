import type { CounterName, GaugeName, ReadingFrame } from '../../lib/counters/reading.ts';
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

const OF_ETHERNET: readonly CounterName[] = ['rxPauseFrames', 'rxPauseUs', 'ecnMarkedPackets', 'cnpSent'];

/** Counters and gauges that at least one port has a value of. */
export function givenIn(frames: readonly ReadingFrame[]): ReadonlySet<CounterName | GaugeName> {
  const given = new Set<CounterName | GaugeName>();
  for (const { counters, gauges } of frames) {
    for (const { counter, present } of counters) if (present.includes(1)) given.add(counter);
    for (const { gauge, values } of gauges) if (values.some((value) => !Number.isNaN(value))) given.add(gauge);
  }
  return given;
}

/** Canonical fields that these counters give, and those they do not although such links could have them. */
export function fieldsOf(given: ReadonlySet<CounterName | GaugeName>): { shows: string[]; missing: string[] } {
  const infiniband = given.has('xmitWaitTicks');
  const ethernet = !infiniband || OF_ETHERNET.some((counter) => given.has(counter));
  const shows: string[] = [];
  const missing: string[] = [];
  for (const [field, counters, only] of FIELDS) {
    if (counters.some((counter) => given.has(counter))) shows.push(field);
    else if (only === undefined || (only === 'pause' ? ethernet : infiniband)) missing.push(field);
  }
  return { shows, missing };
}
