import { drops, linkPause, pfcReceived, pfcSent } from './column-kinds.ts';
import type { ColumnSpec, TableSpec, VendorProfile } from './profile.ts';

const PRIORITIES = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** PFC frames: received of priority n in column 4 + 2n, sent in 5 + 2n. */
function pfcColumns(): ColumnSpec[] {
  return PRIORITIES.flatMap((priority): ColumnSpec[] => [
    { ...pfcReceived(4 + 2 * priority, `clIntInPfc${priority}Pkt`), priority },
    { ...pfcSent(5 + 2 * priority, `clIntOutPfc${priority}Pkt`), priority },
  ]);
}

/** A port's total is its link pause and its priorities together: it uses one or the other. @source CUMULUS-COUNTERS-MIB pfcClCountersTable */
const PFC: TableSpec = {
  table: 'CUMULUS-COUNTERS-MIB pfcClCountersTable',
  entry: '1.3.6.1.4.1.40310.2.2.3.1',
  index: ['ifIndex'],
  columns: [
    ...linkPause({ column: 2, object: 'clIntInPausePkt' }, { column: 3, object: 'clIntOutPausePkt' }),
    ...pfcColumns(),
  ],
};

/** Packets the traffic classes dropped, no buffer in column 3 + 3n and WRED in 4 + 3n. @source CUMULUS-COUNTERS-MIB tcClCountersTable */
const QUEUE_DROPS: TableSpec = {
  table: 'CUMULUS-COUNTERS-MIB tcClCountersTable',
  entry: '1.3.6.1.4.1.40310.2.2.4.1',
  index: ['ifIndex'],
  zeroMeansMissing: true,
  columns: PRIORITIES.flatMap((trafficClass) => [
    drops(3 + 3 * trafficClass, `clIntOutTc${trafficClass}BuffDiscard`),
    drops(4 + 3 * trafficClass, `clIntOutTc${trafficClass}WredDiscard`),
  ]),
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
      object: `tc${trafficClass}BufCurrUsage`,
      to: { gauge: 'queueBytes' },
      scaleBy: 'cellSize',
    },
    {
      column: 3 + 2 * trafficClass,
      object: `tc${trafficClass}BufMaxUsage`,
      to: { gauge: 'queueWatermarkBytes', sinceCleared: true },
      scaleBy: 'cellSize',
    },
  ]),
};

/**
 * Ingress buffer of the priority groups, in cells: largest since cleared in column 3 + 2n. Rows as above.
 * @source CUMULUS-RESOURCES-MIB portPGBufUtiliznTable
 */
const INGRESS_BUFFERS: TableSpec = {
  table: 'CUMULUS-RESOURCES-MIB portPGBufUtiliznTable',
  entry: '1.3.6.1.4.1.40310.1.3.5.1',
  index: ['any'],
  nameColumn: 1,
  columns: PRIORITIES.map((group) => ({
    column: 3 + 2 * group,
    object: `pg${group}BufMaxUsage`,
    to: { gauge: 'ingressWatermarkBytes', sinceCleared: true },
    scaleBy: 'cellSize',
  })),
};

/** NVIDIA Cumulus Linux. */
export const NVIDIA_CUMULUS: VendorProfile = {
  name: 'nvidia-cumulus',
  title: 'NVIDIA Cumulus Linux',
  matches: ({ sysObjectId, sysDescr }) =>
    sysObjectId === '1.3.6.1.4.1.40310' || sysObjectId.startsWith('1.3.6.1.4.1.40310.') || sysDescr.includes('Cumulus'),
  portName: 'ifName',
  tables: [PFC, QUEUE_DROPS, UP_DOWN, BUFFERS, INGRESS_BUFFERS],
  optics: 'entity-sensor',
  cellSizeObject: '1.3.6.1.4.1.40310.1.3.8',
  notes: ['pause duration and ECN marks are not in SNMP: use gNMI or a Prometheus exporter on the switch'],
};
