import type { CounterName } from '../../../lib/counters/reading.ts';
import type { Model } from '../proto/capabilities.ts';
import { neighbourRules } from './openconfig-links.ts';
import { counter, type PathSet, type Quantity } from './types.ts';
import { joined, perPriority, type Rule, yangReader } from './yang.ts';

const STATISTICS = 'interface/statistics';
const ETHERNET = 'interface/ethernet';
const PFC_PORT = 'qos/interfaces/interface/pfc/statistics';
const PFC = `${PFC_PORT}/pfc-priority`;
const PFC_QUEUE = 'qos/interfaces/interface/pfc/pfc-queue';
const QUEUE = 'qos/interfaces/interface/output/queues/queue';
const FEC = 'interface/ethernet/forward-error-correction/statistics';
const PORT = { name: 'interface', key: 'name' };
const QOS_PORT = { name: 'interface', key: 'interface-id' };

/** Models go by "urn:nokia.com:srlinux:..:srl_nokia-interfaces" or by the last part of it. */
export const isSrLinux = (models: readonly Model[]): boolean =>
  models.some(({ name }) => name.includes('srl_nokia-interfaces'));
const shared = { target: '', origin: '', encodings: ['PROTO', 'JSON_IETF', 'JSON'], suits: isSrLinux } as const;

/** Ports of Nokia SR Linux by its own model. @source srl_nokia-interfaces, tag v25.3.1 */
export const srlinuxPorts: PathSet = {
  ...shared,
  name: 'srlinux-ports',
  paths: [
    { path: '/interface[name=*]/statistics', mode: 'sample' },
    { path: '/interface[name=*]/ethernet/statistics', mode: 'sample' },
    { path: '/interface[name=*]/oper-state', mode: 'on-change' },
    { path: '/interface[name=*]/ethernet/port-speed', mode: 'on-change' },
    { path: '/interface[name=*]/ethernet/aggregate-id', mode: 'on-change' },
  ],
  ...yangReader(
    {
      [`${STATISTICS}/in-octets`]: counter('rxBytes'),
      [`${STATISTICS}/out-octets`]: counter('txBytes'),
      [`${STATISTICS}/in-packets`]: counter('rxPackets'),
      [`${STATISTICS}/out-packets`]: counter('txPackets'),
      [`${STATISTICS}/in-discarded-packets`]: counter('drops', { part: 'in' }),
      [`${STATISTICS}/out-discarded-packets`]: counter('drops', { part: 'out' }),
      [`${STATISTICS}/in-error-packets`]: counter('rxErrors'),
      // It counts ups only, where OpenConfig's leaf of this name counts downs as well.
      [`${STATISTICS}/carrier-transitions`]: counter('linkDowns'),
      [`${STATISTICS}/last-clear`]: { kind: 'state', state: 'lastClear' },
      [`${ETHERNET}/statistics/in-mac-pause-frames`]: counter('rxPauseFrames'),
      [`${ETHERNET}/statistics/out-mac-pause-frames`]: counter('txPauseFrames'),
      [`${ETHERNET}/port-speed`]: { kind: 'state', state: 'speedName' },
      [`${ETHERNET}/aggregate-id`]: { kind: 'state', state: 'group' },
      'interface/oper-state': { kind: 'state', state: 'operStatus' },
    },
    PORT,
  ),
};

/**
 * PFC frames by priority and what the deadlock watchdog did. The model counts frames and transitions, not paused time.
 * @source srl_nokia-qos, tag v25.3.1
 */
export const srlinuxPfc: PathSet = {
  ...shared,
  name: 'srlinux-pfc',
  paths: [
    { path: '/qos/interfaces/interface[interface-id=*]/pfc/statistics', mode: 'sample' },
    { path: '/qos/interfaces/interface[interface-id=*]/pfc/pfc-queue', mode: 'on-change' },
  ],
  ...yangReader(
    {
      [`${PFC}/pfc-pause-frames-received`]: perPriority('pfc-priority', 'index', (priority) =>
        counter('rxPauseFrames', { priority }),
      ),
      [`${PFC}/pfc-pause-frames-generated`]: perPriority('pfc-priority', 'index', (priority) =>
        counter('txPauseFrames', { priority }),
      ),
      [`${PFC}/pfc-transitions`]: perPriority('pfc-priority', 'index', (priority) =>
        counter('rxPauseTransitions', { priority }),
      ),
      // Packets that came in when the buffer behind PFC was full; in-discarded-packets does not hold them.
      [`${PFC_PORT}/total-packet-pfc-discards`]: counter('drops', { part: 'pfc', grows: true }),
      [`${PFC_QUEUE}/peak-pfc-buffer-used`]: perPriority('pfc-queue', 'pfc-queue-name', (priority) => ({
        kind: 'gauge',
        gauge: 'ingressWatermarkBytes',
        priority,
      })),
      [`${PFC}/deadlock-recovery-occurrences`]: perPriority('pfc-priority', 'index', (priority) =>
        counter('watchdogStorms', { priority }),
      ),
    },
    QOS_PORT,
  ),
};

const AGGREGATE = `${QUEUE}/queue-statistics/aggregate-statistics`;
const perQueue = (quantity: (priority: number) => Quantity): Rule => perPriority('queue', 'queue-name', quantity);

/** Platforms that tell queues apart by drop profile have no sums: theirs are made here. */
const PROFILES = ['in-profile', 'in-plus-profile', 'out-profile', 'exceed-profile'];
const PROFILE_RULES = PROFILES.flatMap(profileRules);
function profileRules(profile: string): [string, Rule][] {
  const base = `${AGGREGATE}/${profile}`;
  const of = (name: CounterName): Rule => perQueue((priority) => counter(name, { priority, part: profile }));
  return [
    [`${base}/transmitted-packets`, of('txPackets')],
    [`${base}/transmitted-octets`, of('txBytes')],
    [`${base}/dropped-packets`, of('drops')],
  ];
}

/** What output queues sent, dropped and marked, and how deep they were in the last minute. @source srl_nokia-qos, tag v25.3.1 */
export const srlinuxQueues: PathSet = {
  ...shared,
  name: 'srlinux-queues',
  paths: [
    {
      path: '/qos/interfaces/interface[interface-id=*]/output/queues/queue[queue-name=*]/queue-statistics',
      mode: 'sample',
    },
    {
      path: '/qos/interfaces/interface[interface-id=*]/output/queues/queue[queue-name=*]/queue-depth',
      mode: 'on-change',
    },
  ],
  ...yangReader(
    {
      [`${AGGREGATE}/ecn-marked-packets`]: perQueue((priority) => counter('ecnMarkedPackets', { priority })),
      [`${AGGREGATE}/transmitted-packets`]: perQueue((priority) => counter('txPackets', { priority })),
      [`${AGGREGATE}/transmitted-octets`]: perQueue((priority) => counter('txBytes', { priority })),
      // On platforms with virtual output queues it holds those that were dropped at egress (egq-dropped) already.
      [`${AGGREGATE}/dropped-packets`]: perQueue((priority) => counter('drops', { priority })),
      ...Object.fromEntries(PROFILE_RULES),
      [`${QUEUE}/queue-depth/high-watermark-1`]: perPriority('queue', 'queue-name', (priority) => ({
        kind: 'gauge',
        gauge: 'queueWatermarkBytes',
        priority,
      })),
    },
    QOS_PORT,
    PROFILE_RULES.map(([leaf]) => leaf),
  ),
};

/**
 * The line code as the switch receives it (host-if-fec-router). What the module receives from the switch is another
 * direction and is left out. Only some platforms have it.
 * @source srl_nokia-interfaces, tag v25.3.1
 */
export const srlinuxFec: PathSet = {
  ...shared,
  name: 'srlinux-fec',
  optional: true,
  paths: [{ path: '/interface[name=*]/ethernet/forward-error-correction/statistics', mode: 'sample' }],
  ...yangReader(
    {
      [`${FEC}/host-if-fec-router/frame-error-count`]: counter('uncorrectableCodewords'),
      // A ratio, whatever its unit is called: 18 digits hold no rate.
      [`${FEC}/host-if-fec-router/pre-fec-ber/instant`]: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
    },
    PORT,
  ),
};

/** Neighbours, received power and module temperature. @source srl_nokia-lldp, srl_nokia-platform, tag v25.3.1 */
export const srlinuxLinks: PathSet = {
  ...shared,
  name: 'srlinux-links',
  rare: true,
  paths: [
    { path: '/system/lldp/interface[name=*]/neighbor', mode: 'on-change' },
    { path: '/interface[name=*]/transceiver', mode: 'sample' },
  ],
  ...joined(
    yangReader(neighbourRules('system/lldp/interface/neighbor'), PORT),
    yangReader(
      {
        'interface/transceiver/channel/input-power/latest-value': (keyOf) => ({
          kind: 'optic',
          gauge: 'rxPowerDbm',
          lane: keyOf('channel', 'index') ?? '',
        }),
        'interface/transceiver/temperature/latest-value': { kind: 'optic', gauge: 'temperatureC', lane: '' },
      },
      PORT,
    ),
  ),
};
