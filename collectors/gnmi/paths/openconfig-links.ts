import type { NeighbourField, PathSet } from './types.ts';
import { joined, type Rule, yangReader } from './yang.ts';

const neighbour =
  (field: NeighbourField): Rule =>
  (keyOf) => ({ kind: 'neighbour', id: keyOf('neighbor', 'id') ?? '', field });

/** Leaves of a neighbour below `base`, which OpenConfig and Nokia name alike. */
export function neighbourRules(base: string): Record<string, Rule> {
  return {
    [`${base}/chassis-id`]: neighbour('chassisId'),
    [`${base}/chassis-id-type`]: neighbour('chassisIdType'),
    [`${base}/port-id`]: neighbour('portId'),
    [`${base}/port-id-type`]: neighbour('portIdType'),
    [`${base}/port-description`]: neighbour('portDescription'),
    [`${base}/system-name`]: neighbour('sysName'),
  };
}

/**
 * Who is at the other end of each cable, and when the device started.
 * @source openconfig-lldp 1.1.0, openconfig-system 3.1.0
 */
export const openconfigLinks: PathSet = {
  name: 'openconfig-links',
  target: '',
  origin: 'openconfig',
  rare: true,
  paths: [
    { path: '/lldp/state', mode: 'on-change' },
    { path: '/lldp/interfaces/interface[name=*]/neighbors', mode: 'on-change' },
    { path: '/system/state/boot-time', mode: 'on-change' },
  ],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name === 'openconfig-lldp'),
  ...joined(
    yangReader(neighbourRules('lldp/interfaces/interface/neighbors/neighbor/state'), {
      name: 'interface',
      key: 'name',
    }),
    yangReader(
      {
        'lldp/state/system-name': { kind: 'identity', field: 'sysName' },
        'lldp/state/chassis-id': { kind: 'identity', field: 'chassisId' },
        'system/state/boot-time': { kind: 'boot' },
      },
      null,
    ),
  ),
};
