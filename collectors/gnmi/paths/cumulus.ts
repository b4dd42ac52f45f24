import type { Model } from '../proto/capabilities.ts';
import { isNvos } from './nvos.ts';
import { counter, type PathSet } from './types.ts';
import { joined, perPriority, yangReader } from './yang.ts';

const PHY = 'interfaces/interface/ethernet/phy/state';
const PRIORITY = 'qos/interfaces/interface/state/switch-priority/counters';
const isNvidia = (models: readonly Model[]): boolean =>
  models.some(({ name, organization }) => /^nvidia-/i.test(name) || /nvidia|cumulus|mellanox/i.test(organization));

/**
 * What NVIDIA Cumulus Linux adds to OpenConfig: PFC frames by switch priority and the state of the line code. Its
 * watermarks are in cells of a size that it does not tell, and are left out.
 * @source Cumulus Linux 5.14 documentation, gNMI streaming, metrics
 */
export const cumulusPfc: PathSet = {
  name: 'cumulus-pfc',
  target: '',
  origin: 'openconfig',
  paths: [
    { path: '/qos/interfaces/interface[interface-id=*]/state', mode: 'sample' },
    { path: '/interfaces/interface[name=*]/ethernet/phy/state', mode: 'sample' },
  ],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => isNvidia(models) && !isNvos(models),
  ...joined(
    yangReader(
      {
        // The documentation does not name the key of this list.
        [`${PRIORITY}/in-pause-pkts`]: perPriority('switch-priority', '*', (priority) =>
          counter('rxPauseFrames', { priority }),
        ),
        [`${PRIORITY}/out-pause-pkts`]: perPriority('switch-priority', '*', (priority) =>
          counter('txPauseFrames', { priority }),
        ),
      },
      { name: 'interface', key: 'interface-id' },
    ),
    yangReader(
      {
        [`${PHY}/corrected-bits`]: counter('correctedBits'),
        [`${PHY}/rs-fec-uncorrectable-blocks`]: counter('uncorrectableCodewords'),
        [`${PHY}/symbol-errors`]: counter('symbolErrors'),
      },
      { name: 'interface', key: 'name' },
    ),
  ),
};
