import { type FabricMap, portKey } from './fabric-map.ts';
import type { JobPlacement, PortRef } from './types.ts';

/** The ports a job's traffic can cross, by portKey. */
export interface JobPaths {
  /** NICs of the job's hosts. */
  nics: Set<string>;
  /** Ports of the switches that face those NICs. */
  edge: Set<string>;
  /** Ports between switches on a way from one of the job's leaves to another, both directions. */
  fabric: Set<string>;
}

/** Switches further from the job's leaves than this are not on its way: leaf, spine, core. */
const MAX_TIERS = 3;

/**
 * Finds the ports a job can send through: its NICs, the leaf ports that face them, and all fabric ports on shortest
 * ways between its leaves. A job under one leaf uses no fabric port.
 */
export function jobPaths(map: FabricMap, job: JobPlacement): JobPaths {
  const paths: JobPaths = { nics: new Set(), edge: new Set(), fabric: new Set() };
  const leaves = new Set<string>();
  for (const nic of map.jobNics(job)) {
    paths.nics.add(portKey(nic.device, nic.port));
    const peer = map.peerOf(nic.device, nic.port);
    if (peer === undefined) continue;
    paths.edge.add(portKey(peer.device, peer.port));
    leaves.add(peer.device);
  }
  if (leaves.size < 2) return paths;
  const distances = [...leaves].map((leaf) => distancesFrom(map, leaf));
  for (const [index, from] of [...leaves].entries()) {
    const away = distances[index];
    if (away === undefined) continue;
    for (const [other, to] of [...leaves].entries()) {
      const back = distances[other];
      if (other !== index && back !== undefined) addShortest(map, from, to, away, back, paths.fabric);
    }
  }
  return paths;
}

/** Hops over switches from a leaf to every switch within reach. */
function distancesFrom(map: FabricMap, start: string): Map<string, number> {
  const distance = new Map([[start, 0]]);
  let frontier = [start];
  for (let hops = 1; hops <= 2 * MAX_TIERS && frontier.length > 0; hops++) {
    const next: string[] = [];
    for (const device of frontier) {
      for (const { peer } of switchLinks(map, device)) {
        if (distance.has(peer.device)) continue;
        distance.set(peer.device, hops);
        next.push(peer.device);
      }
    }
    frontier = next;
  }
  return distance;
}

function switchLinks(map: FabricMap, device: string): { port: string; peer: PortRef }[] {
  const links: { port: string; peer: PortRef }[] = [];
  for (const port of map.linkedPorts(device)) {
    const peer = map.peerOf(device, port);
    if (peer !== undefined && map.roleOf(peer.device) !== 'host') links.push({ port, peer });
  }
  return links;
}

/** Adds both ends of every cable that lies on a shortest way between two leaves. */
function addShortest(
  map: FabricMap,
  from: string,
  to: string,
  away: ReadonlyMap<string, number>,
  back: ReadonlyMap<string, number>,
  into: Set<string>,
): void {
  const total = away.get(to);
  if (total === undefined) return;
  const seen = new Set([from]);
  let frontier = [from];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const device of frontier) {
      for (const { port, peer } of switchLinks(map, device)) {
        const hops = (away.get(device) ?? 0) + 1 + (back.get(peer.device) ?? Number.POSITIVE_INFINITY);
        if (hops !== total) continue;
        into.add(portKey(device, port));
        into.add(portKey(peer.device, peer.port));
        if (seen.has(peer.device)) continue;
        seen.add(peer.device);
        next.push(peer.device);
      }
    }
    frontier = next;
  }
}
