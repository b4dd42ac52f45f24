import { drops, pfcReceived, pfcSent } from './column-kinds.ts';
import type { TableSpec, VendorProfile } from './profile.ts';

/** PFC frames per priority. @source RUIJIE-PFC-MIB, 2017-12-18 */
const PFC: TableSpec = {
  table: 'RUIJIE-PFC-MIB ruijiePfcTable',
  entry: '1.3.6.1.4.1.4881.1.1.10.2.157.1.1.1',
  index: ['ifIndex', 'priority'],
  columns: [pfcSent(3, 'ruijiePfcRequests'), pfcReceived(11, 'ruijiePfcIndications')],
};

/** Packets dropped by the virtual output queues, by ifIndex.queue.device.slot. @source RUIJIE-MMU-MIB ruijieMmuIfVoqOutTable */
const QUEUE_DROPS: TableSpec = {
  table: 'RUIJIE-MMU-MIB ruijieMmuIfVoqOutTable',
  entry: '1.3.6.1.4.1.4881.1.1.10.2.141.2.1',
  index: ['ifIndex', 'queue', 'any', 'any'],
  zeroMeansMissing: true,
  columns: [drops(8, 'ruijieOutDropPackets')],
};

/**
 * Egress queues in cells, by ifIndex.queue.slice. The MIB does not say how large a cell is, so they are told as
 * refused rather than shown in a guessed unit.
 * @source RUIJIE-MMU-MIB ruijieMmuIfQueueSupportTable
 */
const QUEUES: TableSpec = {
  table: 'RUIJIE-MMU-MIB ruijieMmuIfQueueSupportTable',
  entry: '1.3.6.1.4.1.4881.1.1.10.2.141.5.1',
  index: ['ifIndex', 'queue', 'any'],
  columns: [
    { column: 4, object: 'ruijieMmuIfQueueSupportUsedCells', to: { gauge: 'queueBytes' }, scaleBy: 'cellSize' },
    {
      column: 10,
      object: 'ruijieMmuIfQueueSupportPeakedCells',
      to: { gauge: 'queueWatermarkBytes', sinceCleared: true },
      scaleBy: 'cellSize',
    },
  ],
};

/** Ruijie RGOS. */
export const RUIJIE: VendorProfile = {
  name: 'ruijie',
  title: 'Ruijie RGOS',
  matches: ({ sysObjectId }) => sysObjectId.startsWith('1.3.6.1.4.1.4881.'),
  portName: 'ifName',
  tables: [PFC, QUEUE_DROPS, QUEUES],
  optics: 'ruijie-fiber',
  notes: ['pause duration and ECN marks are not in its public MIBs'],
};
