import type { FabricMap } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';
import type { RowsOfDevice } from './evidence-seconds.ts';
import type { PortTable } from './port-table.ts';

/** Most senders that are named. */
const MAX_SENDERS = 16;
/** A host below this share of the busiest sender is not named. */
const MIN_SHARE = 0.25;

/**
 * Who sends into an incast, as far as counters tell: NICs that are told to slow down (CNP handled), else those that
 * send most, of all hosts but the receiver.
 */
export function sendersTo(
  root: PortRef,
  hosts: readonly string[],
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: RowsOfDevice,
): PortRef[] {
  const receiver = map.peerOf(root.device, root.port)?.device;
  const candidates: { ref: PortRef; cnp: number; util: number }[] = [];
  for (const host of hosts) {
    if (host === receiver) continue;
    for (const row of rowsOfDevice(host)) {
      const ref = table.refs[row];
      if (ref === undefined) continue;
      candidates.push({ ref, cnp: table.seen('cnpHandled', row), util: table.seen('txUtilMean', row) });
    }
  }
  const told = candidates.some((entry) => entry.cnp > 0);
  const size = (entry: { cnp: number; util: number }): number => (told ? entry.cnp : entry.util);
  candidates.sort((a, b) => size(b) - size(a));
  const most = candidates[0] === undefined ? 0 : size(candidates[0]);
  if (most <= 0) return [];
  return candidates
    .filter((entry) => size(entry) >= MIN_SHARE * most)
    .slice(0, MAX_SENDERS)
    .map((entry) => entry.ref);
}
