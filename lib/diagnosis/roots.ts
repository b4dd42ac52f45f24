import type { Episode } from '../detectors/episode.ts';
import type { NetworkKind } from '../kinds.ts';
import type { FabricMap } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';

/** Kinds that mean the same root trouble: one incident, whichever of them is told first. */
export type RootFamily =
  | 'pause'
  | 'incast'
  | 'burst'
  | 'uplinks'
  | 'imbalance'
  | 'degraded'
  | 'flap'
  | 'loss'
  | 'congestion'
  | 'deadlock';

const FAMILY: Record<NetworkKind, RootFamily> = {
  'pause-storm': 'pause',
  'slow-receiver': 'pause',
  'pfc-deadlock': 'deadlock',
  incast: 'incast',
  microburst: 'burst',
  congestion: 'congestion',
  'uplink-imbalance': 'imbalance',
  'ecmp-collision': 'uplinks',
  'link-degraded': 'degraded',
  'link-flap': 'flap',
  'packet-loss': 'loss',
};

/** The family of a kind. */
export function familyOf(kind: NetworkKind): RootFamily {
  return FAMILY[kind];
}

/**
 * Families that explain others on the same cable: a slow or lossy link is marked and
 * the last of its group that still sends, a port that its NIC holds queues.
 * @source detection.md 4: first matching row wins
 */
const EXPLAINED_BY: Partial<Record<RootFamily, readonly RootFamily[]>> = {
  pause: ['degraded', 'deadlock'],
  incast: ['degraded', 'pause', 'uplinks', 'flap', 'loss'],
  burst: ['degraded', 'pause', 'uplinks', 'incast', 'deadlock'],
  uplinks: ['degraded', 'flap', 'loss'],
  imbalance: ['uplinks', 'degraded', 'flap', 'loss'],
  loss: ['degraded', 'pause', 'incast', 'flap'],
};

/** What may have stood for long before it grew into something else: the new trouble begins when it begins. */
const LINGERS: ReadonlySet<RootFamily> = new Set(['burst', 'imbalance']);

/** True where an open incident of family `a` may turn into one of family `b` that was told shortly after it. */
export function turnsInto(a: RootFamily, b: RootFamily): boolean {
  return !LINGERS.has(a) && isExplainedBy(a, b);
}

/** True where a finding of family `a` is only another sight of one of family `b` on the same cable. */
export function isExplainedBy(a: RootFamily, b: RootFamily): boolean {
  return EXPLAINED_BY[a]?.includes(b) ?? false;
}

/** One name for a cable, whichever end speaks; a port without a known peer stands for itself. */
export function cableOf(map: FabricMap, port: PortRef): string {
  const peer = map.peerOf(port.device, port.port);
  const own = `${port.device}/${port.port}`;
  if (peer === undefined) return own;
  const other = `${peer.device}/${peer.port}`;
  return own < other ? `${own} ${other}` : `${other} ${own}`;
}

/**
 * What an episode means in the fabric as the monitor knows it, which may be more than its collector knew: pause at a
 * port that faces a switch is a victim's, pause at the edge a root's.
 */
export function meaningOf(map: FabricMap, episode: Episode): RootFamily {
  const family = familyOf(episode.kind);
  if (family !== 'pause' && family !== 'congestion') return family;
  const role = map.roleOf(episode.device);
  const peer = map.peerOf(episode.device, episode.port);
  const peerRole = peer === undefined ? 'unknown' : map.roleOf(peer.device);
  if (family === 'pause' && role !== 'host' && peerRole !== 'host' && peerRole !== 'unknown') return 'congestion';
  return family;
}

/** The switch port behind which the queue stands: the far end of a host's NIC. */
export function blockingPort(map: FabricMap, port: PortRef): PortRef {
  if (map.roleOf(port.device) !== 'host') return port;
  return map.peerOf(port.device, port.port) ?? port;
}
