import { drops, linkPause, pfcReceived, pfcSent, symbolErrors } from './column-kinds.ts';
import type { ColumnSpec, TableSpec, VendorProfile } from './profile.ts';

/** Milliseconds by the MIB's text, microseconds by the hardware's register. */
function pauseTime(column: number, object: string, counter: 'rxPauseUs' | 'txPauseUs'): ColumnSpec {
  return { column, object, to: { counter, widthBits: 64 }, unprovenUs: true };
}

/** PFC frames and duration per priority. @source MELLANOX-QOS-MIB mellanoxQoSPFCTable, revision 2017-07-26 */
const PFC: TableSpec = {
  table: 'MELLANOX-QOS-MIB mellanoxQoSPFCTable',
  entry: '1.3.6.1.4.1.33049.15.1.2.1',
  index: ['ifIndex', 'priority'],
  columns: [
    pfcReceived(3, 'mellanoxQoSPFCRxPausePkts'),
    pauseTime(4, 'mellanoxQoSPFCRxPauseDuration', 'rxPauseUs'),
    pfcSent(5, 'mellanoxQoSPFCTxPausePkts'),
    pauseTime(6, 'mellanoxQoSPFCTxPauseDuration', 'txPauseUs'),
  ],
};

/** The same per 802.1p priority, on images without the PFC table. @source MELLANOX-QOS-MIB mellanoxQoSPrioTable */
const PRIORITIES: TableSpec = {
  table: 'MELLANOX-QOS-MIB mellanoxQoSPrioTable',
  entry: '1.3.6.1.4.1.33049.15.1.1.1',
  index: ['ifIndex', 'priority'],
  columns: [
    pfcReceived(8, 'mellanoxQoSPrioRxPausePkts'),
    pauseTime(9, 'mellanoxQoSPrioRxPauseDuration', 'rxPauseUs'),
    pfcSent(15, 'mellanoxQoSPrioTxPausePkts'),
  ],
};

/** Link pause of ports without PFC. @source MELLANOX-QOS-MIB mellanoxQoSPortTable */
const LINK_PAUSE: TableSpec = {
  table: 'MELLANOX-QOS-MIB mellanoxQoSPortTable',
  entry: '1.3.6.1.4.1.33049.15.1.5.1',
  index: ['ifIndex'],
  columns: linkPause(
    { column: 2, object: 'mellanoxQoSPortRxPausePkts' },
    { column: 3, object: 'mellanoxQoSPortTxPausePkts' },
  ),
};

/** Packets the egress traffic classes dropped: no buffer, and WRED. @source MELLANOX-QOS-MIB mellanoxQoSTCTable */
const QUEUE_DROPS: TableSpec = {
  table: 'MELLANOX-QOS-MIB mellanoxQoSTCTable',
  entry: '1.3.6.1.4.1.33049.15.1.4.1',
  index: ['ifIndex', 'queue'],
  zeroMeansMissing: true,
  columns: [drops(8, 'mellanoxQoSTCUnicastNoBufferDiscard'), drops(9, 'mellanoxQoSTCWREDDiscard')],
};

/** InfiniBand ports of a VPI switch. @source MELLANOX-IF-VPI-MIB */
const INFINIBAND: TableSpec = {
  table: 'MELLANOX-IF-VPI-MIB mellanoxIfVPITable',
  entry: '1.3.6.1.4.1.33049.3.1.1.1',
  index: ['ifIndex'],
  columns: [
    { column: 5, object: 'mellanoxIfVPIPortXmitWait', to: { counter: 'xmitWaitTicks', widthBits: 64 } },
    symbolErrors(6, 'mellanoxIfVPISymbolErrorCounter'),
  ],
};

/** NVIDIA (Mellanox) Onyx and MLNX-OS. */
export const NVIDIA_ONYX: VendorProfile = {
  name: 'nvidia-onyx',
  title: 'NVIDIA Onyx',
  matches: ({ sysObjectId }) => sysObjectId.startsWith('1.3.6.1.4.1.33049.'),
  portName: 'ifName',
  tables: [PFC, PRIORITIES, LINK_PAUSE, QUEUE_DROPS, INFINIBAND],
  optics: 'entity-sensor',
  notes: ['ECN marks are not in SNMP', 'queue depths are not used: their MIB states no unit'],
};
