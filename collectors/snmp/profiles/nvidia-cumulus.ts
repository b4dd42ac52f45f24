import type { ColumnSpec, TableSpec, VendorProfile } from './profile.ts';

const PRIORITIES = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** PFC frames: received of priority n in column 4 + 2n, sent in 5 + 2n. */
function pfcColumns(): ColumnSpec[] {
  return PRIORITIES.flatMap((priority): ColumnSpec[] => [
    {
      column: 4 + 2 * priority,
      object: `clIntInPfc${priority}Pkt`,
      to: { counter: 'rxPauseFrames', widthBits: 64 },
      priority,
      totalsPort: true,
    },
    {
      column: 5 + 2 * priority,
      object: `clIntOutPfc${priority}Pkt`,
      to: { counter: 'txPauseFrames', widthBits: 64 },
      priority,
      totalsPort: true,
    },
  ]);
}

/** @source CUMULUS-COUNTERS-MIB pfcClCountersTable */
const PFC: TableSpec = {
  table: 'CUMULUS-COUNTERS-MIB pfcClCountersTable',
  entry: '1.3.6.1.4.1.40310.2.2.3.1',
  index: ['ifIndex'],
  columns: pfcColumns(),
};

/** @source CUMULUS-COUNTERS-MIB upDownCountersTable */
const UP_DOWN: TableSpec = {
  table: 'CUMULUS-COUNTERS-MIB upDownCountersTable',
  entry: '1.3.6.1.4.1.40310.2.2.5.1',
  index: ['ifIndex'],
  columns: [{ column: 3, object: 'clDownCount', to: { counter: 'linkDowns', widthBits: 64 } }],
};

/**
 * Buffer of the traffic classes, in cells: now in column 2 + 2n, largest since cleared in 3 + 2n. Devices number the
 * rows by their own port order, so rows are joined by the name in column 1.
 * @source CUMULUS-RESOURCES-MIB portTCBufUtiliznTable
 */
const BUFFERS: TableSpec = {
  table: 'CUMULUS-RESOURCES-MIB portTCBufUtiliznTable',
  entry: '1.3.6.1.4.1.40310.1.3.7.1',
  index: ['any'],
  nameColumn: 1,
  columns: PRIORITIES.flatMap((trafficClass): ColumnSpec[] => [
    {
      column: 2 + 2 * trafficClass,
      object: `portTC${trafficClass}BufCurrent`,
      to: { gauge: 'queueBytes' },
      scaleBy: 'cellSize',
    },
    {
      column: 3 + 2 * trafficClass,
      object: `portTC${trafficClass}BufMax`,
      to: { gauge: 'queueWatermarkBytes', sinceCleared: true },
      scaleBy: 'cellSize',
    },
  ]),
};

/** NVIDIA Cumulus Linux. */
export const NVIDIA_CUMULUS: VendorProfile = {
  name: 'nvidia-cumulus',
  title: 'NVIDIA Cumulus Linux',
  matches: ({ sysObjectId, sysDescr }) =>
    sysObjectId === '1.3.6.1.4.1.40310' || sysObjectId.startsWith('1.3.6.1.4.1.40310.') || sysDescr.includes('Cumulus'),
  portName: 'ifName',
  tables: [PFC, UP_DOWN, BUFFERS],
  optics: 'entity-sensor',
  cellSizeObject: '1.3.6.1.4.1.40310.1.3.8',
  notes: ['pause duration and ECN marks are not in SNMP: use gNMI or a Prometheus exporter on the switch'],
};
