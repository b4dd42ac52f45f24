import type { FabricMap } from '../topology/fabric-map.ts';
import type { IncidentState } from './incident-state.ts';
import type { PortTable } from './port-table.ts';

/** Congested share of a port's capacity from which an incast counts as fully active in an interval. */
const INCAST_ACTIVE_FRACTION = 0.06;

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
): number {
  const row = state.rootRow;
  switch (state.family) {
    case 'pause':
    case 'deadlock':
    case 'congestion':
      return Math.min(1, heldFraction(row, table, map));
    case 'incast':
      return incastActivity(row, table);
    case 'uplinks':
      return imbalance(row, table, map, rowsOfDevice);
    case 'degraded':
      return slowdown(row, table, map);
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

function incastActivity(row: number, table: PortTable): number {
  const congested = table.number('congested', row);
  if (Number.isNaN(congested)) return 1;
  return Math.min(1, congested / INCAST_ACTIVE_FRACTION);
}

/** Load of an uplink above the mean of its group: what could have gone elsewhere. */
function imbalance(row: number, table: PortTable, map: FabricMap, rowsOfDevice: RowsOfDevice): number {
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
  return members < 2 ? 0 : Math.max(0, table.seen('txUtil', row) - sum / members);
}

/** Time the bytes of the interval took beyond what they would have taken at the expected rate. */
function slowdown(row: number, table: PortTable, map: FabricMap): number {
  const ref = table.refs[row];
  if (ref === undefined) return 0;
  const rate = table.number('linkRate', row);
  const expected = map.expectedRateOf(ref.device, ref.port) ?? Number.NaN;
  const util = Math.max(table.seen('txUtil', row), table.seen('rxUtil', row));
  const lost = 1 - rate / expected;
  return lost > 0 ? util * lost : 0;
}
