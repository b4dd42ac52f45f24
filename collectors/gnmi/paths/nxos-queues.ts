import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { perPriority, yangReader } from './yang.ts';

const ROOT = 'System/ipqos-items/queuing-items/policy-items/out-items/intf-items/If-list';
const QUEUE = `${ROOT}/queCmap-items/QueuingStats-list`;
const perQueue = (quantity: Parameters<typeof perPriority>[2]) =>
  perPriority('QueuingStats-list', 'cmapName', quantity);

/**
 * PFC frames, watchdog, ECN marks and depth of Cisco NX-OS by output queue (c-out-8q-q3 is taken for priority 3, as in the
 * default mapping). OpenConfig gives none of them there. Some releases leave the whole table at 0: nothing of it is believed
 * before one counter of it is not.
 * @source Cisco-NX-OS-device 10.3(10), class ipqosQueuingStats
 */
export const nxosQueues: PathSet = {
  name: 'nxos-queues',
  target: '',
  origin: 'device',
  paths: [
    { path: '/System/ipqos-items/queuing-items/policy-items/out-items/intf-items/If-list[name=*]', mode: 'sample' },
  ],
  placeholders: true,
  encodings: ['JSON', 'PROTO'],
  suits: (models) => models.some(({ name }) => name.startsWith('Cisco-NX-OS-device')),
  ...yangReader(
    {
      [`${QUEUE}/pfcRxPpp`]: perQueue((priority) => counter('rxPauseFrames', { priority })),
      [`${QUEUE}/pfcTxPpp`]: perQueue((priority) => counter('txPauseFrames', { priority })),
      [`${QUEUE}/pfcwdShutdownCount`]: perQueue((priority) => counter('watchdogStorms', { priority })),
      [`${QUEUE}/randEcnMarkedPackets`]: perQueue((priority) => counter('ecnMarkedPackets', { priority })),
      [`${QUEUE}/txPackets`]: perQueue((priority) => counter('txPackets', { priority })),
      [`${QUEUE}/txBytes`]: perQueue((priority) => counter('txBytes', { priority })),
      [`${QUEUE}/dropPackets`]: perQueue((priority) => counter('drops', { priority })),
      [`${QUEUE}/currQueueDepth`]: perQueue((priority) => ({ kind: 'gauge', gauge: 'queueBytes', priority })),
      [`${QUEUE}/maxQueueDepth`]: perQueue((priority) => ({ kind: 'gauge', gauge: 'queueWatermarkBytes', priority })),
    },
    { name: 'If-list', key: 'name' },
  ),
};
