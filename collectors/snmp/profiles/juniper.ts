import { drops } from './column-kinds.ts';
import type { TableSpec, VendorProfile } from './profile.ts';

/** Packets dropped by the output queues, 64-bit. @source JUNIPER-IF-MIB ifJnxTable */
const QUEUE_DROPS: TableSpec = {
  table: 'JUNIPER-IF-MIB ifJnxTable',
  entry: '1.3.6.1.4.1.2636.3.3.1.1',
  index: ['ifIndex'],
  zeroMeansMissing: true,
  columns: [drops(27, 'ifJnxOutQDrops')],
};

/** The same by ifIndex.queue, on platforms that count it only there. @source JUNIPER-COS-MIB jnxCosQstatTable */
const COS_DROPS: TableSpec = {
  table: 'JUNIPER-COS-MIB jnxCosQstatTable',
  entry: '1.3.6.1.4.1.2636.3.15.4.1',
  index: ['ifIndex', 'queue'],
  zeroMeansMissing: true,
  columns: [drops(53, 'jnxCosQstatTotalDropPkts')],
};

/** Juniper Junos and Junos Evolved. */
export const JUNIPER: VendorProfile = {
  name: 'juniper',
  title: 'Juniper Junos',
  matches: ({ sysObjectId }) => sysObjectId.startsWith('1.3.6.1.4.1.2636.'),
  portName: 'ifName',
  tables: [QUEUE_DROPS, COS_DROPS],
  optics: 'juniper-dom',
  notes: [
    'PFC and ECN counters are not in SNMP: use gNMI',
    'queue depths of JUNIPER-COS-MIB are not used: the MIB states no unit',
  ],
};
