import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { perPriority, priorityIn, yangReader } from './yang.ts';

const QUEUE = 'qos/interfaces/interface/output/queues/queue/state';

/**
 * Output queues: what they sent, dropped and marked, and how deep they were. Queues whose name ends in no number 0..7 count for the whole port.
 * @source openconfig-qos 2.2.0
 */
export const openconfigQueues: PathSet = {
  name: 'openconfig-queues',
  target: '',
  origin: 'openconfig',
  paths: [{ path: '/qos/interfaces/interface[interface-id=*]/output/queues/queue[name=*]/state', mode: 'sample' }],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name === 'openconfig-qos'),
  ...yangReader(
    {
      [`${QUEUE}/ecn-marked-pkts`]: (keyOf) => {
        const name = keyOf('queue', 'name');
        if (name === undefined) return null;
        return counter('ecnMarkedPackets', { priority: priorityIn(name) ?? -1, part: name });
      },
      [`${QUEUE}/transmit-pkts`]: perPriority('queue', 'name', (priority) => counter('txPackets', { priority })),
      [`${QUEUE}/transmit-octets`]: perPriority('queue', 'name', (priority) => counter('txBytes', { priority })),
      [`${QUEUE}/dropped-pkts`]: perPriority('queue', 'name', (priority) => counter('drops', { priority })),
      [`${QUEUE}/avg-queue-len`]: perPriority('queue', 'name', (priority) => ({
        kind: 'gauge',
        gauge: 'queueBytes',
        priority,
      })),
      [`${QUEUE}/max-queue-len`]: perPriority('queue', 'name', (priority) => ({
        kind: 'gauge',
        gauge: 'queueWatermarkBytes',
        priority,
      })),
    },
    { name: 'interface', key: 'interface-id' },
  ),
};
