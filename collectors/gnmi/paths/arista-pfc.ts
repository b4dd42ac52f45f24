import type { CounterName } from '../../../lib/counters/reading.ts';
import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { perPriority, type Rule, yangReader } from './yang.ts';

const PRIORITY = 'interfaces/interface/ethernet/pfc/priorities/priority/state';
const WATCHDOG = 'interfaces/interface/ethernet/pfc/watchdog/tx-queues/tx-queue/state';

const priority = (name: CounterName, divisor = 1): Rule =>
  perPriority('priority', 'index', (index) => counter(name, { priority: index, divisor }));

/**
 * PFC of Arista EOS: frames, time paused by received PFC (ns on the device), transitions, drops, buffers, watchdog.
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
      [`${PRIORITY}/in-frames`]: priority('rxPauseFrames'),
      [`${PRIORITY}/out-frames`]: priority('txPauseFrames'),
      [`${PRIORITY}/pfc-on-total-rx-time`]: priority('rxPauseUs', 1000),
      [`${PRIORITY}/rx-transitions`]: priority('rxPauseTransitions'),
      [`${PRIORITY}/all-buffers-octets-max-last-poll`]: perPriority('priority', 'index', (index) => ({
        kind: 'gauge',
        // PFC guards the buffers packets come in by.
        gauge: 'ingressWatermarkBytes',
        priority: index,
      })),
      [`${PRIORITY}/dropped-pkts`]: priority('drops'),
      [`${WATCHDOG}/stuck-count`]: perPriority('tx-queue', 'index', (index) =>
        counter('watchdogStorms', { priority: index, widthBits: 32 }),
      ),
    },
    { name: 'interface', key: 'name' },
  ),
};
