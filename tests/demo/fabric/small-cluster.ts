import { buildCluster, type Cluster, type ClusterOptions } from '../../../demo/fabric/cluster.ts';
import { Fabric } from '../../../demo/fabric/fabric.ts';
import type { FinishedStep } from '../../../demo/fabric/job.ts';

/** 3 leaves x 2 spines, 12 hosts: a ring over 6, an all-to-all over 3, 3 tenants. */
export function smallCluster(seed = 1, options: Partial<ClusterOptions> = {}): Cluster {
  return buildCluster({
    seed,
    topology: { leaves: 3, spines: 2, hostsPerLeaf: 4, hostRateBitsPerSec: 100e9, uplinkRateBitsPerSec: 200e9 },
    ringHostsPerLeaf: 2,
    moeHostsPerLeaf: 1,
    backgroundLoad: 0.1,
    computeSpread: 0.01,
    expertSkew: 0.05,
    ...options,
  });
}

export function runFor(fabric: Fabric, untilMs: number): FinishedStep[] {
  const steps: FinishedStep[] = [];
  fabric.advance(untilMs, (step) => steps.push(step));
  return steps;
}

export function freshFabric(seed = 1, options: Partial<ClusterOptions> = {}): { cluster: Cluster; fabric: Fabric } {
  const cluster = smallCluster(seed, options);
  return { cluster, fabric: Fabric.create(cluster.options) };
}

/** Durations of one job's steps, ms. */
export function durations(steps: readonly FinishedStep[], job: number): number[] {
  return steps.filter((step) => step.job === job).map((step) => step.endMs - step.startMs);
}
