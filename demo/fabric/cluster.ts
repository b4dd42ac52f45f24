import { pick, STREAM } from './draws.ts';
import type { BackgroundSpec, FabricOptions } from './fabric.ts';
import type { JobSpec } from './job.ts';
import { DEFAULT_NETWORK, type NetworkSettings } from './settings.ts';
import { buildTopology, type FabricTopology, leafOf, type TopologyOptions } from './topology.ts';

/** A fabric with two jobs and other tenants on it, by its dimensions. */
export interface ClusterOptions {
  seed: number;
  topology: TopologyOptions;
  settings?: Partial<NetworkSettings>;
  /** Hosts per leaf of the ring job and of the all-to-all job; the rest of each leaf belongs to tenants. */
  ringHostsPerLeaf: number;
  moeHostsPerLeaf: number;
  jobNames?: [string, string];
  /** Number of each job's first step. */
  firstSteps?: [number, number];
  /** Mean load of each tenant host, share of its line rate. */
  backgroundLoad: number;
  computeSpread: number;
  expertSkew: number;
  /** Factor on compute and communication time of every step. */
  stepScale?: number;
}

export interface Cluster {
  options: FabricOptions;
  topology: FabricTopology;
  tenantHosts: number[];
}

/** Seconds of line rate a ring rank sends per step, and an all-to-all rank in both directions together. */
const RING_LINE_MS = 1650;
const MOE_LINE_MS = 1500;

/** Lays jobs and tenants out over the fabric: consecutive ranks on different leaves, as schedulers that spread do. */
export function buildCluster(options: ClusterOptions): Cluster {
  const topology = buildTopology(options.topology);
  const { leaves, hostsPerLeaf, hostRateBitsPerSec } = options.topology;
  const host = (leaf: number, slot: number): number => topology.hosts[leaf * hostsPerLeaf + slot] ?? -1;
  const spread = (firstSlot: number, perLeaf: number): number[] =>
    Array.from({ length: leaves * perLeaf }, (_, rank) => host(rank % leaves, firstSlot + Math.floor(rank / leaves)));
  const ring = spread(0, options.ringHostsPerLeaf);
  const moe = spread(options.ringHostsPerLeaf, options.moeHostsPerLeaf);
  const firstTenant = options.ringHostsPerLeaf + options.moeHostsPerLeaf;
  const tenantHosts = spread(firstTenant, hostsPerLeaf - firstTenant);

  const linePerMs = hostRateBitsPerSec / 8 / 1000;
  const scale = options.stepScale ?? 1;
  const [ringName, moeName] = options.jobNames ?? ['job0', 'job1'];
  const common = { warmupSteps: 2, computeSpread: options.computeSpread };
  const jobs: JobSpec[] = [
    {
      ...common,
      name: ringName,
      firstStep: options.firstSteps?.[0] ?? 0,
      pattern: 'ring',
      hosts: ring,
      startMs: 10,
      computeMs: 1200 * scale,
      bytesPerRank: RING_LINE_MS * scale * linePerMs,
      expertSkew: 0,
      expertMs: 0,
    },
    {
      ...common,
      name: moeName,
      firstStep: options.firstSteps?.[1] ?? 0,
      pattern: 'all-to-all',
      hosts: moe,
      startMs: 300,
      computeMs: 600 * scale,
      bytesPerRank: MOE_LINE_MS * scale * linePerMs,
      expertSkew: options.expertSkew,
      expertMs: 400 * scale,
    },
  ];
  return {
    topology,
    tenantHosts,
    options: {
      topology,
      settings: { ...DEFAULT_NETWORK, ...options.settings },
      seed: options.seed,
      jobs: jobs.filter((job) => job.hosts.length > 1),
      background: background(tenantHosts, options, linePerMs),
      spineOf: balancedHash(topology, options.seed),
    },
  };
}

/** Every tenant host sends short bursts to two others. */
function background(hosts: readonly number[], options: ClusterOptions, linePerMs: number): BackgroundSpec[] {
  if (options.backgroundLoad <= 0 || hosts.length < 2) return [];
  // Everyone sends to the hosts so many places on: each receives from two, so no receiver is overbooked.
  const steps = [0, 1].map((k) => 1 + pick(hosts.length - 1, options.seed, STREAM.tenantPeer, k));
  return hosts.flatMap((from, i) =>
    steps.map((step, k) => {
      return {
        id: i * 2 + k,
        from,
        to: hosts[(i + step) % hosts.length] ?? from,
        // 40 µs of line rate: a message of half a megabyte at 100 Gb/s.
        meanBurstBytes: linePerMs * 40,
        load: options.backgroundLoad / 2,
      };
    }),
  );
}

/**
 * Flows of a job leave a leaf evenly over its uplinks (queue pairs are laid out for that); those of tenants are
 * hashed and may collide.
 */
function balancedHash(topology: FabricTopology, seed: number): FabricOptions['spineOf'] {
  const spines = topology.spines.length;
  const slotOf = (host: number): number => {
    const leaf = leafOf(topology, host);
    return topology.hosts.filter((other) => leafOf(topology, other) === leaf).indexOf(host);
  };
  const slots = new Map(topology.hosts.map((host) => [host, slotOf(host)]));
  return (from, to, key) => {
    if (key >= 1_000_000) return pick(spines, seed, STREAM.ecmp, key);
    // A ring neighbour sits in the same slot of the next leaf (or the next slot), so the sender's slot alone spreads
    // a ring; an all-to-all adds the receiver's leaf and slot, so that no uplink and no downlink gets two shares.
    const isRing = key < 4096;
    if (isRing) return (slots.get(from) ?? 0) % spines;
    const leafIndex = topology.leaves.indexOf(leafOf(topology, to)) - topology.leaves.indexOf(leafOf(topology, from));
    return ((slots.get(from) ?? 0) + (slots.get(to) ?? 0) + leafIndex + topology.leaves.length) % spines;
  };
}
