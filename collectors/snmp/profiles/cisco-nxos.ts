import { drops, pfcReceived, pfcSent } from './column-kinds.ts';
import type { TableSpec, VendorProfile } from './profile.ts';

/**
 * PFC frames per priority.
 * @source CISCO-PFC-EXT-MIB cpfcIfPriorityTable, revision 2017-05-26; SONiC serves the same table
 */
export const CISCO_PFC_PRIORITY: TableSpec = {
  table: 'CISCO-PFC-EXT-MIB cpfcIfPriorityTable',
  entry: '1.3.6.1.4.1.9.9.813.1.2.1',
  index: ['ifIndex', 'priority'],
  columns: [pfcSent(2, 'cpfcIfPriorityRequests'), pfcReceived(3, 'cpfcIfPriorityIndications')],
};

/** Time held paused, µs per priority. @source CISCO-PFC-EXT-MIB cpfcIfPriorityWaitTable */
export const CISCO_PFC_WAIT: TableSpec = {
  table: 'CISCO-PFC-EXT-MIB cpfcIfPriorityWaitTable',
  entry: '1.3.6.1.4.1.9.9.813.1.4.1',
  index: ['ifIndex', 'priority'],
  columns: [
    { column: 2, object: 'cpfcIfPriorityWaitRx', to: { counter: 'rxPauseUs', widthBits: 64 } },
    { column: 3, object: 'cpfcIfPriorityWaitTx', to: { counter: 'txPauseUs', widthBits: 64 } },
  ],
};

/** Times the PFC watchdog shut a queue. @source CISCO-PFC-EXT-MIB cpfcWatchdogIfQueueTable */
const CISCO_PFC_WATCHDOG: TableSpec = {
  table: 'CISCO-PFC-EXT-MIB cpfcWatchdogIfQueueTable',
  entry: '1.3.6.1.4.1.9.9.813.1.3.1',
  index: ['ifIndex', 'queue'],
  columns: [{ column: 3, object: 'cpfcWatchdogIfQueueShutdowns', to: { counter: 'watchdogStorms', widthBits: 64 } }],
};

/** egress(2) */
const EGRESS = 2;

/** Packets dropped by the egress queues, by ifIndex.direction.queue.threshold. @source CISCO-SWITCH-QOS-MIB csqIfStatsTable */
const CISCO_QUEUE_DROPS: TableSpec = {
  table: 'CISCO-SWITCH-QOS-MIB csqIfStatsTable',
  entry: '1.3.6.1.4.1.9.9.580.1.5.1.1',
  index: ['ifIndex', [EGRESS], 'queue', 'any'],
  zeroMeansMissing: true,
  columns: [drops(4, 'csqIfStatsDropPkts')],
};

/**
 * Ingress buffer per priority group, in cells: peaks of the shared pool and of the headroom behind a sent pause. They
 * tell what waits at a port to be sent elsewhere, so they are no queue of that port.
 * @source CISCO-SWITCH-QOS-MIB csqIfPriGrpInBufUsageTable, revision 2016-06-30
 */
const CISCO_PRIORITY_GROUP_BUFFER: TableSpec = {
  table: 'CISCO-SWITCH-QOS-MIB csqIfPriGrpInBufUsageTable',
  entry: '1.3.6.1.4.1.9.9.580.1.5.6.1',
  index: ['ifIndex', 'queue'],
  columns: [
    {
      column: 6,
      object: 'csqIfPriGrpInBufUsageSharedPeekCount',
      to: { gauge: 'ingressWatermarkBytes', sinceCleared: true },
      scaleBy: 'cellSize',
    },
    {
      column: 7,
      object: 'csqIfPriGrpInBufUsageHeadroomPeekCount',
      to: { gauge: 'headroomWatermarkBytes', sinceCleared: true },
      scaleBy: 'cellSize',
    },
  ],
};

/** Cisco Nexus. Which optional tables a platform serves differs: what is missing is told, not guessed. */
export const CISCO_NXOS: VendorProfile = {
  name: 'cisco-nxos',
  title: 'Cisco NX-OS',
  matches: ({ sysObjectId, sysDescr }) =>
    sysDescr.includes('NX-OS') || sysObjectId.startsWith('1.3.6.1.4.1.9.12.3.1.3.'),
  portName: 'ifName',
  tables: [CISCO_PFC_PRIORITY, CISCO_PFC_WAIT, CISCO_PFC_WATCHDOG, CISCO_QUEUE_DROPS, CISCO_PRIORITY_GROUP_BUFFER],
  optics: 'cisco-entity-sensor',
  cellSizeObject: '1.3.6.1.4.1.9.9.580.1.1.6',
  notes: ['ECN marks and depths of output queues are not in SNMP: use gNMI'],
};
