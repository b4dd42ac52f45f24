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
  const linksOf = switchLinks(map);
  for (const leaf of leaves) addWays(leaf, leaves, linksOf, paths.fabric);
  return paths;
}

interface SwitchLink {
  port: string;
  peer: PortRef;
}

/** Cables from a switch to other switches; looked up once each, however many leaves a job has. */
function switchLinks(map: FabricMap): (device: string) => readonly SwitchLink[] {
  const known = new Map<string, SwitchLink[]>();
  return (device) => {
    let links = known.get(device);
    if (links === undefined) {
      links = [];
      for (const port of map.linkedPorts(device)) {
        const peer = map.peerOf(device, port);
        if (peer !== undefined && map.roleOf(peer.device) !== 'host') links.push({ port, peer });
      }
      known.set(device, links);
    }
    return links;
  };
}

/**
 * Adds both ends of every cable that lies on a shortest way from one leaf to any other of the job: outwards the hops to
 * every switch in reach, then back from the farthest, keeping what leads to a leaf of the job. Each cable is looked at
 * twice a leaf, so that a job on a hundred leaves costs a hundred walks, not ten thousand.
 */
function addWays(
  start: string,
  leaves: ReadonlySet<string>,
  linksOf: (device: string) => readonly SwitchLink[],
  into: Set<string>,
): void {
  const hops = new Map([[start, 0]]);
  const order = [start];
  for (const device of order) {
    const next = (hops.get(device) ?? 0) + 1;
    if (next > 2 * MAX_TIERS) break;
    for (const { peer } of linksOf(device)) {
      if (hops.has(peer.device)) continue;
      hops.set(peer.device, next);
      order.push(peer.device);
    }
  }
  const leads = new Set<string>();
  for (const device of order.reverse()) {
    const next = (hops.get(device) ?? 0) + 1;
    for (const { port, peer } of linksOf(device)) {
      if (hops.get(peer.device) !== next || !leads.has(peer.device)) continue;
      leads.add(device);
      into.add(portKey(device, port));
      into.add(portKey(peer.device, peer.port));
    }
    if (device !== start && leaves.has(device)) leads.add(device);
  }
}
