import type { CounterName, GaugeName } from '../../../lib/counters/reading.ts';
import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { priorityIn, type Rule, yangReader } from './yang.ts';

const QUEUE = 'qos/interfaces/interface/output/queues/queue/state';

/**
 * A counter of the queue's priority, or of the whole port where its name ends in no number 0 to 7. Several queues may be of
 * one priority (UC3 and MC3): they add up. They are the same on every port, also where their names have the port in them.
 */
const ofQueue =
  (name: CounterName, rank = 0, kind = ''): Rule =>
  (keyOf) => {
    const queue = keyOf('queue', 'name');
    if (queue === undefined) return null;
    const part = `${queue.replace(keyOf('interface', 'interface-id') ?? '', '')}${kind}`;
    return counter(name, { priority: priorityIn(queue) ?? -1, part, rank });
  };

/** The same where other leaves tell of the whole port. */
const ofPriority =
  (name: CounterName, rank = 0, kind = ''): Rule =>
  (keyOf) =>
    priorityIn(keyOf('queue', 'name')) === null ? null : ofQueue(name, rank, kind)(keyOf);

const depth =
  (gauge: GaugeName): Rule =>
  (keyOf) => {
    const priority = priorityIn(keyOf('queue', 'name'));
    return priority === null ? null : { kind: 'gauge', gauge, priority };
  };

/**
 * Output queues: what they sent, dropped and marked, and how deep they were.
 * @source openconfig-qos 2.2.0; Cumulus Linux 5.16 documentation, gNMI streaming
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
      [`${QUEUE}/ecn-marked-pkts`]: ofQueue('ecnMarkedPackets'),
      [`${QUEUE}/transmit-pkts`]: ofPriority('txPackets'),
      [`${QUEUE}/transmit-octets`]: ofPriority('txBytes'),
      [`${QUEUE}/dropped-pkts`]: ofPriority('drops'),
      // Cumulus Linux tells them by reason only.
      [`${QUEUE}/wred-dropped-pkts`]: ofPriority('drops', 1, ' wred'),
      [`${QUEUE}/no-buffer-uc-dropped-pkts`]: ofPriority('drops', 1, ' buffer'),
      [`${QUEUE}/avg-queue-len`]: depth('queueBytes'),
      // Cumulus Linux again, instead of the average.
      [`${QUEUE}/instant-queue-len`]: depth('queueBytes'),
      [`${QUEUE}/max-queue-len`]: depth('queueWatermarkBytes'),
    },
    { name: 'interface', key: 'interface-id' },
  ),
};
