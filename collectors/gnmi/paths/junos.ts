import type { PathSet, Quantity } from './types.ts';
import { counter } from './types.ts';
import { perBin, perPriority, yangReader } from './yang.ts';

const STATE = 'state/interfaces/interface';
const COUNTERS = `${STATE}/counters`;
const ETHERNET = `${STATE}/ethernet`;
const QUEUE = 'cos/interfaces/interface/queues/queue';
const OPTICS = 'interfaces/interface/optics';
const NAME = { name: 'interface', key: 'name' };

/**
 * Asked for only where the configuration names them: no Capabilities answer tells which releases have them. What comes
 * back stands elsewhere than what is asked for.
 */
const shared = { target: '', origin: '', encodings: ['PROTO', 'JSON_IETF', 'JSON'], suits: () => false } as const;

/**
 * PFC frames by priority, ECN marks and the line code of Junos Evolved. The entry of a bin holds one number, whose name
 * is not documented.
 * @source paths as seen in the answers of Junos Evolved; OpenConfig gives the rest
 */
export const junosPfc: PathSet = {
  ...shared,
  name: 'junos-pfc',
  paths: [
    { path: '/state/interfaces/interface[name=*]/counters', mode: 'sample' },
    { path: '/state/interfaces/interface[name=*]/ethernet', mode: 'sample' },
  ],
  ...yangReader(
    {
      [`${COUNTERS}/pfc/in-pkts`]: perPriority('pfc', 'priority', (priority) => counter('rxPauseFrames', { priority })),
      [`${COUNTERS}/pfc/out-pkts`]: perPriority('pfc', 'priority', (priority) =>
        counter('txPauseFrames', { priority }),
      ),
      [`${COUNTERS}/errors/out-ecn-ce-marked-pkts`]: counter('ecnMarkedPackets'),
      [`${ETHERNET}/pre-fec-ber`]: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
      [`${ETHERNET}/fec-uncorrectable-words`]: counter('uncorrectableCodewords'),
      [`${ETHERNET}/fec/errors/symbol/*`]: perBin('symbol', 'bin'),
    },
    NAME,
  ),
};

const perQueue = (quantity: (priority: number) => Quantity) => perPriority('queue', 'queue', quantity);

/** Queues of QFX and Junos Evolved: packets, drops, marks, peak. @source answers to the qmon-sw sensor */
export const junosQueues: PathSet = {
  ...shared,
  name: 'junos-queues',
  paths: [{ path: '/junos/system/linecard/qmon-sw', mode: 'sample' }],
  ...yangReader(
    {
      [`${QUEUE}/txPkts`]: perQueue((priority) => counter('txPackets', { priority })),
      [`${QUEUE}/txBytes`]: perQueue((priority) => counter('txBytes', { priority })),
      [`${QUEUE}/tailDropPkts`]: perQueue((priority) => counter('drops', { priority, part: 'tail' })),
      [`${QUEUE}/redDropPkts`]: perQueue((priority) => counter('drops', { priority, part: 'red' })),
      [`${QUEUE}/ecnMarkedPkts`]: perQueue((priority) => counter('ecnMarkedPackets', { priority })),
      [`${QUEUE}/peakBufferOccupancy`]: perQueue((priority) => ({
        kind: 'gauge',
        gauge: 'queueWatermarkBytes',
        priority,
      })),
    },
    NAME,
  ),
};

/** Received power by lane and module temperature. @source Juniper Telemetry Interface, optics sensor (optics.proto) */
export const junosOptics: PathSet = {
  ...shared,
  name: 'junos-optics',
  rare: true,
  paths: [{ path: '/junos/system/linecard/optics', mode: 'sample' }],
  ...yangReader(
    {
      [`${OPTICS}/module_temp`]: { kind: 'optic', gauge: 'temperatureC', lane: '' },
      [`${OPTICS}/lanediags/lane/lane_laser_receiver_power_dbm`]: (keyOf) => ({
        kind: 'optic',
        gauge: 'rxPowerDbm',
        lane: keyOf('lane', 'lane_number') ?? '',
      }),
    },
    NAME,
  ),
};
