import type { Model } from '../proto/capabilities.ts';
import { aristaPfc } from './arista-pfc.ts';
import { openconfigInterfaces } from './openconfig-interfaces.ts';
import { openconfigQueues } from './openconfig-queues.ts';
import { sonicPorts, sonicQueues, sonicState } from './sonic.ts';
import type { PathSet } from './types.ts';

/** Every set of paths there is. A new vendor is a file beside these and a line here. */
export const PATH_SETS: readonly PathSet[] = [
  sonicPorts,
  sonicQueues,
  sonicState,
  openconfigInterfaces,
  openconfigQueues,
  aristaPfc,
];

/**
 * The sets to ask a device for. SONiC answers OpenConfig by a slow translation of the same database, so there its own
 * paths stand alone; a device that names no model we know is asked for the one every vendor has.
 */
export function pathSetsFor(models: readonly Model[], wanted: readonly string[]): PathSet[] {
  if (wanted.length > 0) return PATH_SETS.filter((set) => wanted.includes(set.name));
  const suited = PATH_SETS.filter((set) => set.suits(models));
  const sonic = suited.filter((set) => set.name.startsWith('sonic'));
  if (sonic.length > 0) return sonic;
  return suited.length > 0 ? suited : [openconfigInterfaces];
}
