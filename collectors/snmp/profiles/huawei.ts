import { drops } from './column-kinds.ts';
import type { TableSpec, VendorProfile } from './profile.ts';

/** The MIB's KB. */
const BYTES_PER_KB = 1024;

/** Buffer of each port, in KB. Typed Counter64, but gauges. @source HUAWEI-XQOS-MIB, revision 2022-09-14 */
const BUFFERS: TableSpec = {
  table: 'HUAWEI-XQOS-MIB hwXQoSBufferUsageIfStatTable',
  entry: '1.3.6.1.4.1.2011.5.25.32.4.1.4.5.2.1',
  index: ['ifIndex'],
  columns: [
    { column: 3, object: 'hwXQosBufferUsageIfStatUsedLength', to: { gauge: 'queueBytes' }, scale: BYTES_PER_KB },
    {
      column: 5,
      object: 'hwXQosBufferUsageIfStatPeakUsedLength',
      to: { gauge: 'queueWatermarkBytes', sinceCleared: true },
      scale: BYTES_PER_KB,
    },
  ],
};

/** outbound(2), total(9) */
const OUTBOUND = 2;
const ALL_QUEUES = 9;

/** Packets dropped by all egress queues of a port. @source HUAWEI-XQOS-MIB hwXQoSPortQueueStatisticsTable */
const QUEUE_DROPS: TableSpec = {
  table: 'HUAWEI-XQOS-MIB hwXQoSPortQueueStatisticsTable',
  entry: '1.3.6.1.4.1.2011.5.25.32.4.1.1.31.1',
  index: ['ifIndex', [OUTBOUND], [ALL_QUEUES]],
  zeroMeansMissing: true,
  columns: [drops(7, 'hwXQoSPortQueueStatisticsTotalDiscardPackets')],
};

/** Huawei VRP (CloudEngine). */
export const HUAWEI: VendorProfile = {
  name: 'huawei',
  title: 'Huawei VRP',
  matches: ({ sysObjectId, sysDescr }) =>
    sysObjectId.startsWith('1.3.6.1.4.1.2011.') || sysDescr.includes('Versatile Routing Platform'),
  portName: 'ifName',
  tables: [BUFFERS, QUEUE_DROPS],
  optics: 'huawei-optics',
  notes: ['PFC is only in SNMP traps, ECN marks not at all: use gNMI'],
};
