import type { Strip } from '../../../lib/api/types.ts';
import type { Scene } from './scene.ts';
import { PORTS, roleOf, SWITCHES } from './topology.ts';
import { pauseAt } from './values.ts';

const BINS = 180;
const BIN_MS = 5000;
/** Silent devices have told nothing in the newest 48 bins, which are four minutes. */
const SILENT_FROM = 132;

/** How blocked each switch was in the last 15 minutes. */
export function stripOf(scene: Scene): Strip {
  const newest = Math.ceil(scene.now() / BIN_MS) * BIN_MS;
  const endsMs = Array.from({ length: BINS }, (_, index) => newest - (BINS - 1 - index) * BIN_MS);
  return {
    endsMs,
    devices: (scene.mode === 'empty' ? [] : SWITCHES).map((device) => {
      const own = PORTS.filter(({ ref }) => ref.device === device);
      const silent = scene.silent(device);
      const worst = (atMs: number) => Math.max(0, ...own.map(({ ref }) => pauseAt(scene, ref, atMs)));
      return {
        device,
        role: roleOf(device),
        bounded: false,
        blocked: endsMs.map((atMs, index) => (silent && index >= SILENT_FROM ? null : worst(atMs))),
      };
    }),
  };
}
