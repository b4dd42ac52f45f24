import type { FabricMap } from '../topology/fabric-map.ts';
import type { DiagnosisConfig } from './config.ts';
import type { IncidentState } from './incident-state.ts';
import type { PortTable } from './port-table.ts';

/**
 * Share of the last interval in which a root could hold up those who use it, 0..1: what its evidence seconds are
 * made of.
 * @source detection.md section 13 item 8
 */
export function rootActivity(
  state: IncidentState,
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: RowsOfDevice,
  config: DiagnosisConfig,
): number {
  const row = state.rootRow;
  switch (state.family) {
    case 'pause':
    case 'congestion':
      return Math.min(1, config.recoveryFactor * heldFraction(row, table, map));
    case 'deadlock':
      return 1;
    case 'incast':
      return incastActivity(row, table, config);
    case 'uplinks':
    case 'imbalance':
      return imbalance(row, table, map, rowsOfDevice, config);
    case 'degraded':
      return slowdown(row, table, map, config);
    // Information: it delays nobody for long enough to be seen.
    case 'burst':
      return 0;
    case 'flap':
    case 'loss':
      return 1;
  }
}

/** Rows of a device's ports. */
export type RowsOfDevice = (device: string) => readonly number[];

/** How long a port was held, by what it or its far end says, whichever is more. */
export function heldFraction(row: number, table: PortTable, map: FabricMap): number {
  const ref = table.refs[row];
  const peer = ref === undefined ? undefined : map.peerOf(ref.device, ref.port);
  const other = peer === undefined ? -1 : table.find(peer.device, peer.port);
  return Math.max(table.seen('rxPause', row), other < 0 ? 0 : table.seen('txPause', other));
}

function incastActivity(row: number, table: PortTable, config: DiagnosisConfig): number {
  const congested = table.number('congested', row);
  const marked = Number.isNaN(congested) ? 0 : congested / config.incastActiveFraction;
  return Math.min(1, Math.max(marked, loadActivity(table.seen('txUtil', row), config)));
}

function loadActivity(util: number, config: DiagnosisConfig): number {
  return Math.min(1, util / config.activeUtilFraction);
}

/**
 * Share of the active time that an even spread over the group would have saved: 1 - mean / load. The load itself is
 * no measure of time, because congestion control keeps a collided link below line rate.
 */
function imbalance(
  row: number,
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: RowsOfDevice,
  config: DiagnosisConfig,
): number {
  const ref = table.refs[row];
  if (ref === undefined) return 0;
  const tier = map.roleOf(map.peerOf(ref.device, ref.port)?.device ?? '');
  let sum = 0;
  let members = 0;
  for (const other of rowsOfDevice(ref.device)) {
    const at = table.refs[other];
    const peer = at === undefined ? undefined : map.peerOf(at.device, at.port);
    if (peer === undefined || map.roleOf(peer.device) !== tier) continue;
    sum += table.seen('txUtil', other);
    members++;
  }
  const util = table.seen('txUtil', row);
  if (members < 2 || util === 0) return 0;
  return Math.max(0, 1 - sum / members / util) * loadActivity(util, config);
}

/** Share of the active time that the link would have been done sooner at its expected rate. */
function slowdown(row: number, table: PortTable, map: FabricMap, config: DiagnosisConfig): number {
  const ref = table.refs[row];
  if (ref === undefined) return 0;
  const rate = table.number('linkRate', row);
  const expected = map.expectedRateOf(ref.device, ref.port) ?? table.number('bestLinkRate', row);
  const util = Math.max(table.seen('txUtil', row), table.seen('rxUtil', row));
  const lost = 1 - rate / expected;
  return lost > 0 ? loadActivity(util, config) * lost : 0;
}
