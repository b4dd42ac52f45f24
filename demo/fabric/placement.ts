import type { Cluster } from './cluster.ts';
import { pick, STREAM, uniform } from './draws.ts';
import { edgePortOf, type Fault, type FaultKind, nicOf } from './faults.ts';
import { type FabricTopology, leafOf, portToward } from './topology.ts';

/** Where a fault sits: everything of it but kind, time and strength. */
type Placement = Pick<Fault, 'host' | 'port' | 'job' | 'rank' | 'senders' | 'ring'>;

interface PlacementWish {
  /** true: at a host of no job; false: at a host of a job; left out: at a job's. */
  foreign?: boolean;
  /** At this job, by index, instead of a drawn one. */
  job?: number | undefined;
  /** At a host, an uplink or a rank of this leaf. */
  leaf?: number | undefined;
  /** Senders of an incast. */
  senders?: number;
}

/** Picks a place for a fault of this kind: the same (seed, turn) picks the same place. */
export function placeFault(
  cluster: Cluster,
  kind: FaultKind,
  seed: number,
  turn: number,
  wish: PlacementWish = {},
): Placement {
  const { topology, tenantHosts } = cluster;
  const jobs = cluster.options.jobs;
  const draw = (count: number, key: number): number => pick(count, seed, STREAM.placement, turn, key);
  const job = wish.job ?? draw(jobs.length, 1);
  const isThere = (host: number): boolean => wish.leaf === undefined || leafOf(topology, host) === wish.leaf;
  const allHosts = jobs[job]?.hosts ?? [];
  const jobHosts = allHosts.filter(isThere);
  const pool = wish.foreign === true && tenantHosts.length > 0 ? tenantHosts.filter(isThere) : jobHosts;
  const rank = (): number => allHosts.indexOf(jobHosts[draw(jobHosts.length, 3)] ?? -1);
  const host = pool[draw(pool.length, 2)] ?? -1;
  switch (kind) {
    case 'pause-storm':
    case 'slow-receiver':
      return { host };
    case 'incast':
      return { host, senders: incastSenders(cluster, host, wish.senders ?? 6, seed, turn) };
    case 'link-flap':
      return { port: edgePortOf(topology, jobHosts[draw(jobHosts.length, 2)] ?? -1) };
    case 'link-degraded':
    case 'packet-loss':
    case 'ecmp-collision':
      return { port: busyUplink(cluster, draw, isThere) };
    case 'pfc-deadlock':
      return deadlockPlace(cluster, draw, wish.leaf);
    case 'compute-straggler':
      return { job, rank: rank() };
    case 'data-stall':
      // One rank's reader is slow, or the storage behind all of them.
      return draw(2, 8) === 0 ? { job } : { job, rank: rank() };
    case 'checkpoint':
      return { job };
  }
}

/** Others' hosts send to one: tenants first, and hosts of another leaf first, so that the fan-in crosses the fabric. */
function incastSenders(cluster: Cluster, target: number, count: number, seed: number, turn: number): number[] {
  const { topology, tenantHosts } = cluster;
  const targetLeaf = leafOf(topology, target);
  const rank = (host: number): number =>
    (leafOf(topology, host) === targetLeaf ? 2 : 0) + uniform(seed, STREAM.placement, turn, 7, host);
  return tenantHosts
    .filter((host) => host !== target)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, count);
}

/** An uplink that a job's flow uses. */
function busyUplink(
  cluster: Cluster,
  draw: (count: number, key: number) => number,
  isThere: (host: number) => boolean,
): number {
  const { topology, options } = cluster;
  const ring = options.jobs[0]?.hosts ?? [];
  const senders = ring.filter(isThere);
  const from = senders[draw(senders.length, 4)] ?? -1;
  const at = ring.indexOf(from);
  const to = ring[(at + 1) % ring.length] ?? -1;
  const key = at * ring.length + ((at + 1) % ring.length);
  const spine = topology.spines[options.spineOf(from, to, key)] ?? -1;
  return portToward(topology, leafOf(topology, from), spine);
}

function deadlockPlace(
  cluster: Cluster,
  draw: (count: number, key: number) => number,
  leaf: number | undefined,
): Placement {
  const { topology, tenantHosts } = cluster;
  const { leaves, spines } = topology;
  const first = leaf === undefined ? draw(leaves.length, 5) : leaves.indexOf(leaf);
  const pickLeaf = (offset: number): number => leaves[(first + offset) % leaves.length] ?? -1;
  const firstSpine = draw(spines.length, 6);
  const ring = {
    leaves: [pickLeaf(0), pickLeaf(1)] as [number, number],
    spines: [spines[firstSpine] ?? -1, spines[(firstSpine + 1) % spines.length] ?? -1] as [number, number],
  };
  // Two senders a leaf make more than the ring can take; tenants first, then whoever is there.
  const hostsOf = (leaf: number): number[] =>
    topology.hosts
      .filter((host) => leafOf(topology, host) === leaf)
      .sort((a, b) => Number(tenantHosts.includes(b)) - Number(tenantHosts.includes(a)))
      .slice(0, 3);
  const target = hostsOf(pickLeaf(2))[0] ?? -1;
  return { ring, host: target, senders: ring.leaves.flatMap(hostsOf) };
}

/** The port an operator would be sent to, for people and for the truth file. */
export function rootDevice(topology: FabricTopology, fault: Fault): number | undefined {
  if (fault.kind === 'incast') return topology.ports[edgePortOf(topology, fault.host ?? -1)]?.device;
  if (fault.kind === 'pfc-deadlock') return fault.ring?.leaves[0];
  if (fault.port !== undefined) return topology.ports[fault.port]?.device;
  return fault.host === undefined ? undefined : topology.ports[nicOf(topology, fault.host)]?.device;
}
