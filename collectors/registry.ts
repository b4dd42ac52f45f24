import type { CollectorPlugin } from '../lib/collect/types.ts';
import { dcgmJobsPlugin } from './dcgm-jobs/index.ts';
import { gnmiPlugin } from './gnmi/index.ts';
import { hostPlugin } from './host/index.ts';
import { infinibandPlugin } from './infiniband/index.ts';
import { kubernetesPlugin } from './kubernetes/index.ts';
import { lanzPlugin } from './lanz/index.ts';
import { mlflowPlugin } from './mlflow/index.ts';
import { prometheusPlugin } from './prometheus/index.ts';
import { slurmPlugin } from './slurm/index.ts';
import { snmpPlugin } from './snmp/index.ts';
import { trainingPlugin } from './training/index.ts';

/** Every kind of source there is. A new one is a folder like the others and a line here. */
export const PLUGINS: readonly CollectorPlugin[] = [
  gnmiPlugin,
  hostPlugin,
  lanzPlugin,
  snmpPlugin,
  trainingPlugin,
  prometheusPlugin,
  infinibandPlugin,
  slurmPlugin,
  kubernetesPlugin,
  dcgmJobsPlugin,
  mlflowPlugin,
];

/** The plugin a target names, or undefined. */
export function pluginNamed(name: string): CollectorPlugin | undefined {
  return PLUGINS.find((plugin) => plugin.name === name);
}
