import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { yangReader } from './yang.ts';

const STATE = 'interfaces/interface/state';
const COUNTERS = `${STATE}/counters`;
const ETHERNET = 'interfaces/interface/ethernet/state';

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
      [`${COUNTERS}/in-discards`]: counter('drops', { part: 'in' }),
      [`${COUNTERS}/out-discards`]: counter('drops', { part: 'out' }),
      [`${COUNTERS}/in-errors`]: counter('rxErrors'),
      // It counts ups and downs alike.
      [`${COUNTERS}/carrier-transitions`]: counter('linkDowns', { divisor: 2 }),
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
