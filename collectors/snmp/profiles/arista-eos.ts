import { drops, pfcReceived, pfcSent } from './column-kinds.ts';
import type { TableSpec, VendorProfile } from './profile.ts';

/** PFC frames per priority. @source ARISTA-PFC-MIB aristaPfcPriorityTable, revision 2017-01-17 */
const PFC: TableSpec = {
  table: 'ARISTA-PFC-MIB aristaPfcPriorityTable',
  entry: '1.3.6.1.4.1.30065.3.11.1.1.1',
  index: ['ifIndex', 'priority'],
  columns: [pfcSent(3, 'aristaPfcPriorityRequests'), pfcReceived(4, 'aristaPfcPriorityIndications')],
};

/** Times a transmit queue was declared stuck, by ifIndex.queueType.queueId. @source ARISTA-PFC-MIB */
const WATCHDOG: TableSpec = {
  table: 'ARISTA-PFC-MIB aristaPfcWatchdogTable',
  entry: '1.3.6.1.4.1.30065.3.11.1.2.1',
  index: ['ifIndex', 'any', 'queue'],
  columns: [
    { column: 4, object: 'aristaPfcWatchdogTxQueueStuckCount', to: { counter: 'watchdogStorms', widthBits: 32 } },
  ],
};

/** ECN marks per egress queue; a queue that does not count answers 0 and says so in column 3. @source ARISTA-QOS-MIB, revision 2020-05-26 */
const ECN_QUEUES: TableSpec = {
  table: 'ARISTA-QOS-MIB aristaEcnQueueCounterTable',
  entry: '1.3.6.1.4.1.30065.3.13.1.9.1',
  index: ['ifIndex', 'queue'],
  enabledColumn: 3,
  columns: [{ column: 4, object: 'aristaEcnQueuePktsMarked', to: { counter: 'ecnMarkedPackets', widthBits: 64 } }],
};

/** ECN marks per interface; platforms that cannot count them answer zeros. @source ARISTA-XGS-MIB, revision 2020-08-10 */
const ECN_INTERFACES: TableSpec = {
  table: 'ARISTA-XGS-MIB aristaXgsIfTable',
  entry: '1.3.6.1.4.1.30065.3.26.3.1',
  index: ['ifIndex'],
  zeroMeansMissing: true,
  columns: [{ column: 38, object: 'aristaXgsIfEcnMarkedPackets', to: { counter: 'ecnMarkedPackets', widthBits: 64 } }],
};

/** aristaXgsQueueWatermarkQueueType */
const WATERMARK_OF = { ingressHeadroom: 1, ingressShared: 2, egressUnicastShared: 3 } as const;

/**
 * Largest egress queue, ingress buffer and headroom since the last reset, in cells.
 * @source ARISTA-XGS-MIB aristaXgsQueueWatermarkTable, index ifIndex.queueType.queueId
 */
const WATERMARKS: TableSpec = {
  table: 'ARISTA-XGS-MIB aristaXgsQueueWatermarkTable',
  entry: '1.3.6.1.4.1.30065.3.26.2.1',
  index: ['ifIndex', Object.values(WATERMARK_OF), 'queue'],
  columns: [
    {
      column: 3,
      object: 'aristaXgsQueueWatermarkMaxCellsUsed',
      to: { gauge: 'queueWatermarkBytes', sinceCleared: true },
      toByIndex: {
        part: 1,
        targets: {
          [WATERMARK_OF.ingressHeadroom]: { gauge: 'headroomWatermarkBytes', sinceCleared: true },
          [WATERMARK_OF.ingressShared]: { gauge: 'ingressWatermarkBytes', sinceCleared: true },
        },
      },
      scaleBy: 'cellSize',
    },
  ],
};

/** Packets dropped by the egress queues, by ifIndex.queue.packetType. @source ARISTA-QUEUE-MIB, revision 2014-08-15 */
const QUEUE_DROPS: TableSpec = {
  table: 'ARISTA-QUEUE-MIB aristaEgressQueueTable',
  entry: '1.3.6.1.4.1.30065.3.6.1.2.1',
  index: ['ifIndex', 'queue', 'any'],
  zeroMeansMissing: true,
  columns: [drops(6, 'aristaEgressQueuePktsDropped')],
};

/**
 * sysUpTime at which ifTable and ifXTable were read from hardware: the true time of a sample; and how often the link
 * went down or came up, which it cannot do without having been down.
 * @source ARISTA-IF-MIB
 */
const COUNTER_TIME: TableSpec = {
  table: 'ARISTA-IF-MIB aristaIfTable',
  entry: '1.3.6.1.4.1.30065.3.15.1.1.1',
  index: ['ifIndex'],
  columns: [
    { column: 1, object: 'aristaIfCounterLastUpdated', to: { state: 'sampledTicks' } },
    { column: 8, object: 'aristaIfOperStatusChanges', to: { counter: 'linkDowns', widthBits: 32 } },
  ],
};

/** Arista EOS. */
export const ARISTA_EOS: VendorProfile = {
  name: 'arista-eos',
  title: 'Arista EOS',
  matches: ({ sysObjectId }) => sysObjectId.startsWith('1.3.6.1.4.1.30065.'),
  portName: 'ifName',
  tables: [PFC, WATCHDOG, ECN_QUEUES, ECN_INTERFACES, QUEUE_DROPS, WATERMARKS, COUNTER_TIME],
  optics: 'entity-sensor',
  cellSizeObject: '1.3.6.1.4.1.30065.3.26.2.1.4',
  notes: ['pause duration is not in SNMP: use gNMI (pfc-on-total-rx-time)'],
};
