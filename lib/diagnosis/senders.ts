import type { FabricMap } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';
import type { RowsOfDevice } from './evidence-seconds.ts';
import type { JobIndex } from './job-index.ts';
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

/**
 * The job whose traffic feeds an incast: the one that more than half of the named senders belong to, at least two of
 * them; undefined where no job stands out or the senders are not a job's.
 */
export function aggressorOf(senders: readonly PortRef[], jobs: JobIndex): string | undefined {
  const sent = new Map<string, number>();
  for (const sender of senders) {
    for (const job of jobs.usersOf(sender)) if (jobs.isEdgeOf(job, sender)) sent.set(job, (sent.get(job) ?? 0) + 1);
  }
  const [most] = [...sent].sort((a, b) => b[1] - a[1]);
  return most !== undefined && most[1] >= 2 && most[1] > senders.length / 2 ? most[0] : undefined;
}
