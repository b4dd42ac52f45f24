import type { Scene } from './scene.ts';
import { HOSTS } from './topology.ts';

/** A job of one rank per host. */
export interface FakeJob {
  name: string;
  baselineSeconds: number;
  /** In the order of ranks. */
  hosts: string[];
  /** null = not told. */
  gpus: number | null;
}

/** The one the storm hurts; it runs on the hosts of leaf1 and leaf2. */
export const LLAMA: FakeJob = { name: 'llama-70b', baselineSeconds: 2.41, hosts: HOSTS.slice(0, 16), gpus: 128 };
/** On the hosts of leaf3. */
const MOE: FakeJob = { name: 'moe-8x7b', baselineSeconds: 1.93, hosts: HOSTS.slice(16, 24), gpus: null };

export function jobsOf({ mode }: Scene): FakeJob[] {
  return mode === 'empty' ? [] : [LLAMA, MOE];
}

/** Names of the jobs whose traffic passes a device. */
export function jobsAt(device: string): string[] {
  if (device === 'leaf1' || device === 'leaf3') return [LLAMA.name];
  return [LLAMA, MOE].filter(({ hosts }) => hosts.includes(device)).map(({ name }) => name);
}
