import type { Model } from '../proto/capabilities.ts';
import { aristaFec } from './arista-fec.ts';
import { aristaLanz } from './arista-lanz.ts';
import { aristaPfc } from './arista-pfc.ts';
import { cumulusBuffers, cumulusPfc, cumulusPhy, cumulusPriorities } from './cumulus.ts';
import { junosOptics, junosPfc, junosQueues } from './junos.ts';
import { nvosPorts } from './nvos.ts';
import { nxosPorts } from './nxos-ports.ts';
import { nxosQueues } from './nxos-queues.ts';
import { openconfigInputQueues, openconfigVoqs } from './openconfig-ingress.ts';
import { openconfigInterfaces } from './openconfig-interfaces.ts';
import { openconfigLinks } from './openconfig-links.ts';
import { openconfigOptics } from './openconfig-optics.ts';
import { openconfigQueues } from './openconfig-queues.ts';
import {
  sonicBuffers,
  sonicGroups,
  sonicLinks,
  sonicOptics,
  sonicPhy,
  sonicPorts,
  sonicQueues,
  sonicRates,
  sonicState,
  sonicVoqs,
} from './sonic.ts';
import { srlinuxFec, srlinuxLinks, srlinuxPfc, srlinuxPorts, srlinuxQueues } from './srlinux.ts';
import type { PathSet } from './types.ts';

/** Every set of paths there is. A new vendor is a file beside these and a line here. */
export const PATH_SETS: readonly PathSet[] = [
  sonicPorts,
  sonicQueues,
  sonicBuffers,
  sonicRates,
  sonicVoqs,
  sonicState,
  sonicLinks,
  sonicGroups,
  sonicOptics,
  sonicPhy,
  srlinuxPorts,
  srlinuxPfc,
  srlinuxQueues,
  srlinuxLinks,
  srlinuxFec,
  openconfigInterfaces,
  openconfigQueues,
  openconfigInputQueues,
  openconfigVoqs,
  openconfigLinks,
  openconfigOptics,
  aristaPfc,
  aristaFec,
  aristaLanz,
  nxosPorts,
  nxosQueues,
  cumulusPfc,
  cumulusPriorities,
  cumulusPhy,
  cumulusBuffers,
  nvosPorts,
  junosPfc,
  junosQueues,
  junosOptics,
];

/** Vendors whose own paths stand alone: there OpenConfig is a slow translation, or not on. */
const ALONE = ['sonic', 'srlinux', 'nvos'];

/** The sets to ask a device for. One that names no model we know is asked for the one every vendor has. */
export function pathSetsFor(models: readonly Model[], wanted: readonly string[]): PathSet[] {
  if (wanted.length > 0) return PATH_SETS.filter((set) => wanted.includes(set.name));
  const suited = PATH_SETS.filter((set) => set.suits(models));
  for (const vendor of ALONE) {
    const own = suited.filter((set) => set.name.startsWith(vendor));
    if (own.length > 0) return own;
  }
  return suited.length > 0 ? suited : [openconfigInterfaces];
}
