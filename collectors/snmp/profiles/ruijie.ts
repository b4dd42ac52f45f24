import type { TableSpec, VendorProfile } from './profile.ts';

/** PFC frames per priority. @source RUIJIE-PFC-MIB, 2017-12-18 */
const PFC: TableSpec = {
  table: 'RUIJIE-PFC-MIB ruijiePfcTable',
  entry: '1.3.6.1.4.1.4881.1.1.10.2.157.1.1.1',
  index: ['ifIndex', 'priority'],
  columns: [
    { column: 3, object: 'ruijiePfcRequests', to: { counter: 'txPauseFrames', widthBits: 64 }, totalsPort: true },
    { column: 11, object: 'ruijiePfcIndications', to: { counter: 'rxPauseFrames', widthBits: 64 }, totalsPort: true },
  ],
};

/** Ruijie RGOS. */
export const RUIJIE: VendorProfile = {
  name: 'ruijie',
  title: 'Ruijie RGOS',
  matches: ({ sysObjectId }) => sysObjectId.startsWith('1.3.6.1.4.1.4881.'),
  portName: 'ifName',
  tables: [PFC],
  optics: 'entity-sensor',
  notes: ['pause duration, ECN marks and watermarks are not in its public MIBs'],
};
