import { describe, expect, it } from 'vitest';
import { joinPlacement } from '../../../lib/topology/join-placement.ts';
import type { JobPlacement } from '../../../lib/topology/types.ts';

const ranks = [
  { rank: 0, device: 'n1', port: 'mlx5_0' },
  { rank: 1, device: 'n2', port: 'mlx5_0' },
];
const config: JobPlacement = { job: 'j', hosts: [], ranks, warmupSteps: 3, source: 'config' };
const slurm: JobPlacement = { job: 'j', hosts: ['n1', 'n2'], ranks: [], gpus: 16, startMs: 5, source: 'slurm' };

describe('joinPlacement', () => {
  it('adds what a scheduler knows to the ranks that are known', () => {
    expect(joinPlacement(config, slurm)).toEqual({ ...slurm, ranks, warmupSteps: 3 });
  });

  it('adds the ranks of a log to what a scheduler knows', () => {
    const log: JobPlacement = { job: 'j', hosts: [], ranks, source: 'log' };
    expect(joinPlacement(slurm, log)).toEqual({ ...slurm, ranks, source: 'log' });
  });

  it('forgets ranks that run elsewhere now', () => {
    expect(joinPlacement(config, { ...slurm, hosts: ['n1', 'n3'] }).ranks).toEqual([]);
  });

  it('takes the word of an operator as it is, and a run after one that ended as new', () => {
    const api: JobPlacement = { job: 'j', hosts: ['n9'], ranks: [], source: 'api' };
    expect(joinPlacement(config, api)).toEqual(api);
    expect(joinPlacement({ ...config, endMs: 9 }, slurm)).toEqual(slurm);
    expect(joinPlacement(undefined, slurm)).toEqual(slurm);
  });

  it('keeps the end', () => {
    expect(joinPlacement(slurm, { ...slurm, endMs: 9 }).endMs).toBe(9);
  });
});
