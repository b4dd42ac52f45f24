import type { PathSet, Quantity } from './types.ts';
import { counter } from './types.ts';
import { yangReader } from './yang.ts';

const STATE = 'interfaces/interface/state';
const COUNTERS = `${STATE}/counters`;
const ETHERNET = 'interfaces/interface/ethernet/state';

const byKind = (direction: 'in' | 'out', name: 'rxPackets' | 'txPackets'): Record<string, Quantity> =>
  Object.fromEntries(
    ['unicast', 'multicast', 'broadcast'].map((kind) => [
      `${COUNTERS}/${direction}-${kind}-pkts`,
      counter(name, { part: kind, rank: 1 }),
    ]),
  );

/**
 * Ports, their bytes, packets, drops and whole-port pause frames. No OpenConfig model knows PFC priorities.
 * @source openconfig-interfaces 3.8.1, openconfig-if-ethernet 2.18.0
 */
export const openconfigInterfaces: PathSet = {
  name: 'openconfig-interfaces',
  target: '',
  origin: 'openconfig',
  paths: [
    { path: '/interfaces/interface[name=*]/state/counters', mode: 'sample' },
    { path: '/interfaces/interface[name=*]/ethernet/state', mode: 'sample' },
    { path: '/interfaces/interface[name=*]/state/oper-status', mode: 'on-change' },
  ],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name === 'openconfig-interfaces'),
  ...yangReader(
    {
      [`${COUNTERS}/in-octets`]: counter('rxBytes'),
      [`${COUNTERS}/out-octets`]: counter('txBytes'),
      [`${COUNTERS}/in-pkts`]: counter('rxPackets'),
      [`${COUNTERS}/out-pkts`]: counter('txPackets'),
      // Models before 2.3.2 have no totals.
      ...byKind('in', 'rxPackets'),
      ...byKind('out', 'txPackets'),
      [`${COUNTERS}/in-discards`]: counter('drops', { part: 'in' }),
      [`${COUNTERS}/out-discards`]: counter('drops', { part: 'out' }),
      [`${COUNTERS}/in-errors`]: counter('rxErrors'),
      [`${COUNTERS}/in-fcs-errors`]: counter('rxErrors', { part: 'fcs', rank: 1 }),
      // All three count ups and downs alike. What the link itself does is not held back by damping; the third is deprecated.
      [`${COUNTERS}/link-transitions`]: counter('linkDowns', { divisor: 2 }),
      [`${COUNTERS}/interface-transitions`]: counter('linkDowns', { divisor: 2, part: 'interface', rank: 1 }),
      [`${COUNTERS}/carrier-transitions`]: counter('linkDowns', { divisor: 2, part: 'carrier', rank: 2 }),
      [`${COUNTERS}/last-clear`]: { kind: 'state', state: 'lastClear' },
      [`${ETHERNET}/counters/in-mac-pause-frames`]: counter('rxPauseFrames'),
      [`${ETHERNET}/counters/out-mac-pause-frames`]: counter('txPauseFrames'),
      [`${ETHERNET}/counters/in-symbol-error`]: counter('symbolErrors'),
      [`${ETHERNET}/counters/fec-uncorrectable-blocks`]: counter('uncorrectableCodewords'),
      [`${ETHERNET}/pre-fec-ber/instant`]: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
      [`${ETHERNET}/port-speed`]: { kind: 'state', state: 'speedName' },
      [`${ETHERNET}/negotiated-port-speed`]: { kind: 'state', state: 'negotiatedSpeedName' },
      [`${ETHERNET}/aggregate-id`]: { kind: 'state', state: 'group' },
      [`${STATE}/oper-status`]: { kind: 'state', state: 'operStatus' },
    },
    { name: 'interface', key: 'name' },
  ),
};
