import type { Model } from '../proto/capabilities.ts';
import { counter, type PathSet } from './types.ts';
import { type Rule, yangReader } from './yang.ts';

const PORT = 'interfaces/interface/infiniband/state';
const PHY = 'interfaces/interface/phy-diag/state';
const BINS = Array.from({ length: 16 }, (_, bin): [string, Rule] => [
  `${PHY}/rs-num-corr-err-bin${bin}`,
  () => counter('codewordErrors', { priority: bin }),
]);

/** InfiniBand and NVLink switches of NVIDIA: their models say so. */
export const isNvos = (models: readonly Model[]): boolean =>
  models.some(({ name }) => /infiniband|phy-diag|nvos/i.test(name));

/**
 * What NVIDIA NVOS adds to OpenConfig on InfiniBand and NVLink switches: credit waits, link errors, bit error ratio and
 * codewords by wrong symbols. The documentation names the counters, NVIDIA's own collector the paths; the device wants
 * `nvos` as target.
 * @source NVIDIA NVOS user manual 25.02, gNMI streaming; NVIDIA infra-controller, NVUE gNMI samples
 */
export const nvosPorts: PathSet = {
  name: 'nvos-ports',
  target: 'nvos',
  origin: '',
  paths: [
    { path: '/interfaces/interface[name=*]/infiniband/state', mode: 'sample' },
    { path: '/interfaces/interface[name=*]/phy-diag/state', mode: 'sample' },
    { path: '/interfaces/interface[name=*]/state', mode: 'sample' },
  ],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: isNvos,
  ...yangReader(
    {
      'interfaces/interface/state/counters/in-octets': counter('rxBytes'),
      'interfaces/interface/state/counters/out-octets': counter('txBytes'),
      'interfaces/interface/state/counters/in-pkts': counter('rxPackets'),
      'interfaces/interface/state/counters/out-pkts': counter('txPackets'),
      'interfaces/interface/state/counters/in-discards': counter('drops', { part: 'in' }),
      'interfaces/interface/state/counters/out-discards': counter('drops', { part: 'out' }),
      'interfaces/interface/state/oper-status': { kind: 'state', state: 'operStatus' },
      [`${PORT}/speed`]: { kind: 'state', state: 'speedGbps' },
      [`${PORT}/counters/port/xmit-wait`]: counter('xmitWaitTicks'),
      [`${PORT}/counters/port/symbol-error-counter`]: counter('symbolErrors'),
      [`${PORT}/counters/port/rcv-errors`]: counter('rxErrors'),
      [`${PORT}/counters/port/link-error-recovery`]: counter('linkRecoveries'),
      [`${PORT}/counters/port/link-downed`]: counter('linkDowns'),
      [`${PHY}/raw-ber`]: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
      ...Object.fromEntries(BINS),
    },
    { name: 'interface', key: 'name' },
  ),
};
