import { linkPause, symbolErrors } from './column-kinds.ts';
import type { TableSpec } from './profile.ts';

/**
 * IF-MIB's 64-bit counters and the state that decides whether an interval may be used.
 * @source RFC 2863
 */
export const IF_X_TABLE: TableSpec = {
  table: 'IF-MIB ifXTable',
  entry: '1.3.6.1.2.1.31.1.1.1',
  index: ['ifIndex'],
  columns: [
    { column: 6, object: 'ifHCInOctets', to: { counter: 'rxBytes', widthBits: 64 } },
    { column: 7, object: 'ifHCInUcastPkts', to: { counter: 'rxPackets', widthBits: 64 } },
    { column: 8, object: 'ifHCInMulticastPkts', to: { counter: 'rxPackets', widthBits: 64 } },
    { column: 9, object: 'ifHCInBroadcastPkts', to: { counter: 'rxPackets', widthBits: 64 } },
    { column: 10, object: 'ifHCOutOctets', to: { counter: 'txBytes', widthBits: 64 } },
    { column: 11, object: 'ifHCOutUcastPkts', to: { counter: 'txPackets', widthBits: 64 } },
    { column: 12, object: 'ifHCOutMulticastPkts', to: { counter: 'txPackets', widthBits: 64 } },
    { column: 13, object: 'ifHCOutBroadcastPkts', to: { counter: 'txPackets', widthBits: 64 } },
    { column: 15, object: 'ifHighSpeed', to: { state: 'highSpeedMbps' } },
    { column: 19, object: 'ifCounterDiscontinuityTime', to: { state: 'discontinuityTicks' } },
  ],
};

/** IF-MIB's table of state and 32-bit packet counters. @source RFC 2863 */
export const IF_TABLE: TableSpec = {
  table: 'IF-MIB ifTable',
  entry: '1.3.6.1.2.1.2.2.1',
  index: ['ifIndex'],
  columns: [
    { column: 8, object: 'ifOperStatus', to: { state: 'operStatus' } },
    { column: 9, object: 'ifLastChange', to: { state: 'lastChangeTicks' } },
    { column: 14, object: 'ifInErrors', to: { counter: 'rxErrors', widthBits: 32 } },
    { column: 19, object: 'ifOutDiscards', to: { counter: 'drops', widthBits: 32 } },
  ],
};

/**
 * 32-bit octets and packets of devices without ifXTable; the octets of slow ports only.
 * @source RFC 2863; ifInNUcastPkts and ifOutNUcastPkts are multicast and broadcast together
 */
export const IF_TABLE_TRAFFIC: TableSpec = {
  table: 'IF-MIB ifTable (32-bit traffic)',
  entry: '1.3.6.1.2.1.2.2.1',
  index: ['ifIndex'],
  columns: [
    { column: 10, object: 'ifInOctets', to: { counter: 'rxBytes', widthBits: 32 } },
    { column: 11, object: 'ifInUcastPkts', to: { counter: 'rxPackets', widthBits: 32 } },
    { column: 12, object: 'ifInNUcastPkts', to: { counter: 'rxPackets', widthBits: 32 } },
    { column: 16, object: 'ifOutOctets', to: { counter: 'txBytes', widthBits: 32 } },
    { column: 17, object: 'ifOutUcastPkts', to: { counter: 'txPackets', widthBits: 32 } },
    { column: 18, object: 'ifOutNUcastPkts', to: { counter: 'txPackets', widthBits: 32 } },
  ],
};

/**
 * PFC frames of the whole port, 32-bit.
 * @source IEEE8021-PFC-MIB, revision 2018-06-28
 */
export const IEEE8021_PFC: TableSpec = {
  table: 'IEEE8021-PFC-MIB ieee8021PfcTable',
  entry: '1.3.111.2.802.1.1.21.1.1.1',
  index: ['ifIndex'],
  columns: [
    { column: 2, object: 'ieee8021PfcRequests', to: { counter: 'txPauseFrames', widthBits: 32 } },
    { column: 3, object: 'ieee8021PfcIndications', to: { counter: 'rxPauseFrames', widthBits: 32 } },
  ],
};

/** Link pause (802.3x) frames, 64-bit. @source RFC 3635 dot3PauseTable */
export const DOT3_PAUSE_HC: TableSpec = {
  table: 'EtherLike-MIB dot3PauseTable',
  entry: '1.3.6.1.2.1.10.7.10.1',
  index: ['ifIndex'],
  columns: linkPause({ column: 5, object: 'dot3HCInPauseFrames' }, { column: 6, object: 'dot3HCOutPauseFrames' }),
};

/** Link pause (802.3x) frames, 32-bit. @source RFC 3635 dot3PauseTable */
export const DOT3_PAUSE: TableSpec = {
  table: 'EtherLike-MIB dot3PauseTable (32-bit)',
  entry: '1.3.6.1.2.1.10.7.10.1',
  index: ['ifIndex'],
  columns: linkPause({ column: 3, object: 'dot3InPauseFrames' }, { column: 4, object: 'dot3OutPauseFrames' }, 32),
};

/** Symbol errors, 64-bit. @source RFC 3635 dot3HCStatsTable */
export const DOT3_SYMBOL_ERRORS_HC: TableSpec = {
  table: 'EtherLike-MIB dot3HCStatsTable',
  entry: '1.3.6.1.2.1.10.7.11.1',
  index: ['ifIndex'],
  columns: [symbolErrors(6, 'dot3HCStatsSymbolErrors')],
};

/** Symbol errors, 32-bit. @source RFC 3635 dot3StatsTable */
export const DOT3_SYMBOL_ERRORS: TableSpec = {
  table: 'EtherLike-MIB dot3StatsTable',
  entry: '1.3.6.1.2.1.10.7.2.1',
  index: ['ifIndex'],
  columns: [symbolErrors(18, 'dot3StatsSymbolErrors', 32)],
};

/** Read after the vendor's own tables: the first table that has a counter gives it. */
export const STANDARD_TABLES: readonly TableSpec[] = [
  IF_X_TABLE,
  IF_TABLE,
  IEEE8021_PFC,
  DOT3_PAUSE_HC,
  DOT3_PAUSE,
  DOT3_SYMBOL_ERRORS_HC,
  DOT3_SYMBOL_ERRORS,
];
