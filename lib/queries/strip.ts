import type { Strip } from '../api/types.ts';
import type { DeviceRole } from '../topology/types.ts';
import { newestBucketEndMs, STRIP_BUCKET_MS, STRIP_BUCKETS } from './blocked-history.ts';
import type { FabricState } from './fabric-state.ts';
import type { LiveValues } from './live-values.ts';
import { naturalOrder } from './port-list.ts';

/** Rows from the hosts' edge inwards. */
const ROLES: readonly DeviceRole[] = ['leaf', 'spine', 'core', 'switch', 'unknown'];

/** How blocked each switch was over the last quarter of an hour. A host's side of a cable shows on its leaf. */
export function blockedStrip(live: LiveValues, fabric: FabricState, nowMs: number): Strip {
  const map = fabric.map();
  const newest = newestBucketEndMs(nowMs);
  const switches = [...live.devices()]
    .map((device) => ({ device, role: map.roleOf(device) }))
    .filter(({ role }) => role !== 'host')
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || naturalOrder(a.device, b.device));
  return {
    endsMs: Array.from({ length: STRIP_BUCKETS }, (_, i) => newest - (STRIP_BUCKETS - 1 - i) * STRIP_BUCKET_MS),
    devices: switches.map((found) => ({ ...found, ...live.blocked.of(found.device, newest) })),
  };
}
