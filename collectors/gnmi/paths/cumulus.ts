import type { CounterName, GaugeName } from '../../../lib/counters/reading.ts';
import type { Model } from '../proto/capabilities.ts';
import { isNvos } from './nvos.ts';
import { counter, type PathSet } from './types.ts';
import { joined, perPriority, type Rule, yangReader } from './yang.ts';

const PHY = 'interfaces/interface/ethernet/phy/state';
const PRIORITY = 'qos/interfaces/interface/state/switch-priority/counters';
const isNvidia = (models: readonly Model[]): boolean =>
  models.some(({ name, organization }) => /^nvidia-/i.test(name) || /nvidia|cumulus|mellanox/i.test(organization));

const suits = (models: readonly Model[]): boolean => isNvidia(models) && !isNvos(models);
/** Names of a release are refused by others, and nothing tells the release: whichever is there is read. */
const shared = {
  target: '',
  origin: 'openconfig',
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  optional: true,
  suits,
} as const;
const QOS_PORT = { name: 'interface', key: 'interface-id' };
const PORT = { name: 'interface', key: 'name' };
// The documentation of 5.14 does not name the key of this list.
const ofPriority = (name: CounterName, more: { part?: string; grows?: boolean } = {}): Rule =>
  perPriority('switch-priority', '*', (priority) => counter(name, { priority, ...more }));

/**
 * What NVIDIA Cumulus Linux up to 5.14 adds to OpenConfig: PFC frames by switch priority and the state of the line code.
 * Its watermarks are in cells of a size that it does not tell, and are left out.
 * @source Cumulus Linux 5.14 documentation, gNMI streaming, metrics
 */
export const cumulusPfc: PathSet = {
  ...shared,
  name: 'cumulus-pfc',
  paths: [
    { path: '/qos/interfaces/interface[interface-id=*]/state', mode: 'sample' },
    { path: '/interfaces/interface[name=*]/ethernet/phy/state', mode: 'sample' },
  ],
  ...joined(
    yangReader(
      {
        [`${PRIORITY}/in-pause-pkts`]: ofPriority('rxPauseFrames'),
        [`${PRIORITY}/out-pause-pkts`]: ofPriority('txPauseFrames'),
      },
      QOS_PORT,
    ),
    yangReader(
      {
        [`${PHY}/corrected-bits`]: counter('correctedBits'),
        [`${PHY}/rs-fec-uncorrectable-blocks`]: counter('uncorrectableCodewords'),
        [`${PHY}/symbol-errors`]: counter('symbolErrors'),
      },
      PORT,
    ),
  ),
};

const NEW_PRIORITY = 'qos/interfaces/interface/switch-priority/state';

/**
 * The same of later releases, and how long each priority was paused, in µs: `in` is the time this port was told to stop,
 * `out` the time it told its peer.
 * @source Cumulus Linux 5.16 documentation, gNMI streaming, metrics
 */
export const cumulusPriorities: PathSet = {
  ...shared,
  name: 'cumulus-priorities',
  paths: [{ path: '/qos/interfaces/interface[interface-id=*]/switch-priority', mode: 'sample' }],
  ...yangReader(
    {
      [`${NEW_PRIORITY}/counters/in-pause-pkts`]: ofPriority('rxPauseFrames'),
      [`${NEW_PRIORITY}/counters/out-pause-pkts`]: ofPriority('txPauseFrames'),
      [`${NEW_PRIORITY}/in-pause-duration`]: ofPriority('rxPauseUs'),
      [`${NEW_PRIORITY}/out-pause-duration`]: ofPriority('txPauseUs'),
      [`${NEW_PRIORITY}/counters/in-discards`]: ofPriority('drops', { part: 'in', grows: true }),
    },
    QOS_PORT,
  ),
};

const NEW_PHY = 'interfaces/interface/phy';

/**
 * Line code of later releases. Its bins are left out: whether a bin holds those below it is not told.
 * @source Cumulus Linux 5.15 release notes, updated gNMI PHY metric names
 */
export const cumulusPhy: PathSet = {
  ...shared,
  name: 'cumulus-phy',
  paths: [{ path: '/interfaces/interface[name=*]/phy', mode: 'sample' }],
  ...yangReader(
    {
      [`${NEW_PHY}/fec/state/corrected-bits`]: counter('correctedBits'),
      [`${NEW_PHY}/fec/state/rs-fec-uncorrectable-blocks`]: counter('uncorrectableCodewords'),
      [`${NEW_PHY}/state/symbol-errors`]: counter('symbolErrors'),
    },
    PORT,
  ),
};

const INPUT = 'qos/interfaces/interface/input';
const peakOf = (list: string, gauge: GaugeName): Rule =>
  perPriority(list, 'pg-id', (priority) => ({ kind: 'gauge', gauge, priority }));

/**
 * Peaks of ingress buffers and headroom by priority group since the switch's last sample, bytes.
 * @source Cumulus Linux 5.16 documentation, gNMI streaming, metrics
 */
export const cumulusBuffers: PathSet = {
  ...shared,
  name: 'cumulus-buffers',
  paths: [
    { path: '/qos/interfaces/interface[interface-id=*]/input/priority-group', mode: 'sample' },
    { path: '/qos/interfaces/interface[interface-id=*]/input/headroom-buffer', mode: 'sample' },
  ],
  ...yangReader(
    {
      [`${INPUT}/priority-group/state/shared-buffer/data/max-occupancy-since-last-sample`]: peakOf(
        'priority-group',
        'ingressWatermarkBytes',
      ),
      [`${INPUT}/headroom-buffer/priority-group/state/max-occupancy-since-last-sample`]: (keyOf) =>
        // A port of 400G and more has a second one, which is of use only beside the first.
        keyOf('headroom-buffer', 'buffer-type')?.toLowerCase().endsWith('secondary')
          ? null
          : peakOf('priority-group', 'headroomWatermarkBytes')(keyOf),
    },
    QOS_PORT,
  ),
};
