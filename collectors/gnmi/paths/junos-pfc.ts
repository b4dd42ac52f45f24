import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { perPriority, yangReader } from './yang.ts';

const COUNTERS = 'state/interfaces/interface/counters';

/**
 * PFC frames by priority and ECN marks of Junos Evolved. Asked for only where the configuration names it: no Capabilities
 * answer tells which releases have it.
 * @source paths as seen in the answers of Junos Evolved; OpenConfig gives the rest
 */
export const junosPfc: PathSet = {
  name: 'junos-pfc',
  target: '',
  origin: '',
  paths: [{ path: '/state/interfaces/interface[name=*]/counters', mode: 'sample' }],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: () => false,
  ...yangReader(
    {
      [`${COUNTERS}/pfc/in-pkts`]: perPriority('pfc', 'priority', (priority) => counter('rxPauseFrames', { priority })),
      [`${COUNTERS}/pfc/out-pkts`]: perPriority('pfc', 'priority', (priority) =>
        counter('txPauseFrames', { priority }),
      ),
      [`${COUNTERS}/errors/out-ecn-ce-marked-pkts`]: counter('ecnMarkedPackets'),
    },
    { name: 'interface', key: 'name' },
  ),
};
