import type { CounterName } from '../../../lib/counters/reading.ts';
import type { PathSet, Quantity } from './types.ts';
import { counter } from './types.ts';
import { priorityIn, type Rule, yangReader } from './yang.ts';

const PRIORITY = 'interfaces/interface/ethernet/pfc/priorities/priority/state';
const WATCHDOG = 'interfaces/interface/ethernet/pfc/watchdog/tx-queues/tx-queue/state';

/** A quantity of the priority in the key `index` of this list. */
const perIndex =
  (list: string, quantity: (priority: number) => Quantity): Rule =>
  (elems) => {
    const priority = priorityIn(elems.find((elem) => elem.name === list)?.keys.index);
    return priority === null ? null : quantity(priority);
  };
const perPriority = (name: CounterName, divisor = 1): Rule =>
  perIndex('priority', (priority) => counter(name, { priority, divisor }));

/**
 * PFC of Arista EOS: frames, time paused by received PFC (ns on the device), transitions, watchdog.
 * @source arista-intf-augments, arista-pfc-history-counters-augment 1.0.0, arista-pfc-buffer-counters-augment
 */
export const aristaPfc: PathSet = {
  name: 'arista-pfc',
  target: '',
  origin: 'openconfig',
  paths: [{ path: '/interfaces/interface[name=*]/ethernet/pfc', mode: 'sample' }],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name.startsWith('arista-pfc') || name === 'arista-intf-augments'),
  ...yangReader(
    {
      [`${PRIORITY}/in-frames`]: perPriority('rxPauseFrames'),
      [`${PRIORITY}/out-frames`]: perPriority('txPauseFrames'),
      [`${PRIORITY}/pfc-on-total-rx-time`]: perPriority('rxPauseUs', 1000),
      [`${PRIORITY}/rx-transitions`]: perPriority('rxPauseTransitions'),
      [`${PRIORITY}/all-buffers-octets-max-last-poll`]: perIndex('priority', (priority) => ({
        kind: 'gauge',
        gauge: 'queueWatermarkBytes',
        priority,
      })),
      [`${WATCHDOG}/stuck-count`]: perIndex('tx-queue', (priority) =>
        counter('watchdogStorms', { priority, widthBits: 32 }),
      ),
    },
    { name: 'interface', key: 'name' },
  ),
};
