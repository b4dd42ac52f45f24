import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { perPriority, yangReader } from './yang.ts';

const INPUT = 'qos/interfaces/interface/input';
const QUEUE = `${INPUT}/queues/queue/state`;
const VOQ = `${INPUT}/virtual-output-queues/voq-interface/queues/queue/state`;

const shared = { target: '', origin: 'openconfig', encodings: ['PROTO', 'JSON_IETF', 'JSON'] } as const;

/**
 * Queues in which packets wait where they came in: drops and depth. Few devices have them: asked for only where the
 * configuration names them.
 * @source openconfig-qos 2.2.0
 */
export const openconfigInputQueues: PathSet = {
  ...shared,
  name: 'openconfig-input-queues',
  suits: () => false,
  paths: [{ path: '/qos/interfaces/interface[interface-id=*]/input/queues/queue[name=*]/state', mode: 'sample' }],
  ...yangReader(
    {
      [`${QUEUE}/dropped-pkts`]: perPriority('queue', 'name', (priority) =>
        counter('drops', { priority, part: 'input', grows: true }),
      ),
      [`${QUEUE}/max-queue-len`]: perPriority('queue', 'name', (priority) => ({
        kind: 'gauge',
        gauge: 'ingressWatermarkBytes',
        priority,
      })),
    },
    { name: 'interface', key: 'interface-id' },
  ),
};

/**
 * Virtual output queues of a chassis: drops on the way to a port, counted for the port they were bound for, as it is that
 * one which is congested. There is a counter for every pair of ports: asked for only where the configuration names them.
 * @source openconfig-qos 2.2.0
 */
export const openconfigVoqs: PathSet = {
  ...shared,
  name: 'openconfig-voqs',
  suits: () => false,
  paths: [
    { path: '/qos/interfaces/interface[interface-id=*]/input/virtual-output-queues/voq-interface', mode: 'sample' },
  ],
  ...yangReader(
    {
      [`${VOQ}/dropped-pkts`]: perPriority('queue', 'name', (priority) =>
        counter('drops', { priority, part: 'voq', grows: true }),
      ),
    },
    { name: 'voq-interface', key: 'name' },
  ),
};
