import type { TableSpec, VendorProfile } from './profile.ts';

/** PFC frames and duration per priority. @source MELLANOX-QOS-MIB mellanoxQoSPFCTable, revision 2017-07-26 */
const PFC: TableSpec = {
  table: 'MELLANOX-QOS-MIB mellanoxQoSPFCTable',
  entry: '1.3.6.1.4.1.33049.15.1.2.1',
  index: ['ifIndex', 'priority'],
  columns: [
    {
      column: 3,
      object: 'mellanoxQoSPFCRxPausePkts',
      to: { counter: 'rxPauseFrames', widthBits: 64 },
      totalsPort: true,
    },
    {
      column: 4,
      object: 'mellanoxQoSPFCRxPauseDuration',
      to: { counter: 'rxPauseUs', widthBits: 64 },
      unprovenUs: true,
    },
    {
      column: 5,
      object: 'mellanoxQoSPFCTxPausePkts',
      to: { counter: 'txPauseFrames', widthBits: 64 },
      totalsPort: true,
    },
    {
      column: 6,
      object: 'mellanoxQoSPFCTxPauseDuration',
      to: { counter: 'txPauseUs', widthBits: 64 },
      unprovenUs: true,
    },
  ],
};

/** The same per 802.1p priority, on images without the PFC table. @source MELLANOX-QOS-MIB mellanoxQoSPrioTable */
const PRIORITIES: TableSpec = {
  table: 'MELLANOX-QOS-MIB mellanoxQoSPrioTable',
  entry: '1.3.6.1.4.1.33049.15.1.1.1',
  index: ['ifIndex', 'priority'],
  columns: [
    {
      column: 8,
      object: 'mellanoxQoSPrioRxPausePkts',
      to: { counter: 'rxPauseFrames', widthBits: 64 },
      totalsPort: true,
    },
    {
      column: 9,
      object: 'mellanoxQoSPrioRxPauseDuration',
      to: { counter: 'rxPauseUs', widthBits: 64 },
      unprovenUs: true,
    },
    {
      column: 15,
      object: 'mellanoxQoSPrioTxPausePkts',
      to: { counter: 'txPauseFrames', widthBits: 64 },
      totalsPort: true,
    },
  ],
};

/** InfiniBand ports of a VPI switch. @source MELLANOX-IF-VPI-MIB */
const INFINIBAND: TableSpec = {
  table: 'MELLANOX-IF-VPI-MIB mellanoxIfVPITable',
  entry: '1.3.6.1.4.1.33049.3.1.1.1',
  index: ['ifIndex'],
  columns: [
    { column: 5, object: 'mellanoxIfVPIPortXmitWait', to: { counter: 'xmitWaitTicks', widthBits: 64 } },
    { column: 6, object: 'mellanoxIfVPISymbolErrorCounter', to: { counter: 'symbolErrors', widthBits: 64 } },
  ],
};

/** NVIDIA (Mellanox) Onyx and MLNX-OS. */
export const NVIDIA_ONYX: VendorProfile = {
  name: 'nvidia-onyx',
  title: 'NVIDIA Onyx',
  matches: ({ sysObjectId }) => sysObjectId.startsWith('1.3.6.1.4.1.33049.'),
  portName: 'ifName',
  tables: [PFC, PRIORITIES, INFINIBAND],
  optics: 'entity-sensor',
  notes: ['ECN marks are not in SNMP', 'queue depths are not used: their MIB states no unit'],
};
