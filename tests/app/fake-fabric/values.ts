import type { SampleField } from '../../../lib/samples/fields.ts';
import type { PortRef } from '../../../lib/topology/types.ts';
import { type Scene, STEP_MS, wave } from './scene.ts';
import { isUplink, roleOf } from './topology.ts';

/** What every port tells. */
export const GIVEN_FIELDS: SampleField[] = [
  'rxUtilFraction',
  'txUtilFraction',
  'rxBytesPerSec',
  'txBytesPerSec',
  'rxPauseFraction',
  'txPauseFraction',
  'rxPauseFramesPerSec',
  'ecnMarkFraction',
  'ecnMarkedPerSec',
  'cnpSentPerSec',
  'cnpHandledPerSec',
  'dropsPerSec',
  'queueWatermarkBytes',
  'linkUp',
  'linkRateBitsPerSec',
];

/** What every port would tell if its device could. */
export const MISSING_FIELDS: SampleField[] = ['preFecBer', 'temperatureC', 'rxPowerDbm'];

/** rx pause of one port at one instant, 0..1: the storm at leaf3 and how it spreads over spines to leaves. */
export function pauseAt(scene: Scene, ref: PortRef, atMs: number): number {
  const index = [...`${ref.device}/${ref.port}`].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const calm = wave(index, atMs, 40_000) > 0.85 ? 0.004 : 0;
  if (!scene.storming(atMs)) return calm;
  if (ref.device === 'leaf3' && ref.port === 'Ethernet1/5') return 0.62 + 0.1 * wave(3, atMs, 9000);
  if (roleOf(ref.device) === 'spine' && ref.port === 'Ethernet1/3') return 0.16 * wave(index, atMs, 11_000);
  if (ref.device === 'leaf1' && isUplink(ref)) return 0.09 * wave(index, atMs, 13_000);
  if (ref.device === 'leaf2' && isUplink(ref)) return 0.03 * wave(index, atMs, 17_000);
  return calm;
}

/** One value of a port at one instant; undefined where the port does not tell it. */
export function fieldAt(scene: Scene, ref: PortRef, field: SampleField, atMs: number): number | undefined {
  const seed = ref.device.length * 31 + ref.port.length;
  const util = scene.mode === 'empty' ? 0 : 0.25 + 0.5 * wave(seed, atMs, STEP_MS * 5);
  const pause = pauseAt(scene, ref, atMs);
  const rate = roleOf(ref.device) === 'spine' || isUplink(ref) ? 200e9 : 100e9;
  const values: Partial<Record<SampleField, number>> = {
    rxUtilFraction: util * (1 - pause),
    txUtilFraction: util * (1 - pause) * 0.9,
    rxBytesPerSec: (util * rate) / 8,
    txBytesPerSec: (util * 0.9 * rate) / 8,
    rxPauseFraction: pause,
    txPauseFraction: pause * 0.2,
    rxPauseFramesPerSec: pause * 48_000,
    ecnMarkFraction: pause > 0.02 ? 0.15 * wave(seed, atMs, 7000) : 0.001,
    ecnMarkedPerSec: pause > 0.02 ? 21_000 : 120,
    cnpSentPerSec: pause * 9000,
    cnpHandledPerSec: pause * 8500,
    dropsPerSec: 0,
    queueWatermarkBytes: 20_000 + pause * 900_000,
    linkUp: 1,
    linkRateBitsPerSec: rate,
  };
  return values[field];
}
