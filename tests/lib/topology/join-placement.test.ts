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

  it('joins the words of single hosts, and ends the job once it is on none', () => {
    const of = (host: string, more: Partial<JobPlacement> = {}): JobPlacement => ({
      job: 'j',
      hosts: [host],
      ranks: [],
      ofHost: host,
      source: 'dcgm-jobs',
      ...more,
    });
    const first = joinPlacement(undefined, of('n1'));
    const both = joinPlacement(first, of('n2'));
    expect(both).toEqual({ job: 'j', hosts: ['n1', 'n2'], ranks: [], source: 'dcgm-jobs' });
    expect(joinPlacement(both, of('n2'))).toEqual(both);
    const left = joinPlacement(both, of('n1', { endMs: 5 }));
    expect(left).toMatchObject({ hosts: ['n2'] });
    expect(left.endMs).toBeUndefined();
    const ended = joinPlacement(left, of('n2', { endMs: 6 }));
    expect(ended).toMatchObject({ hosts: ['n2'], endMs: 6 });
    expect(joinPlacement(ended, of('n3'))).toEqual({ job: 'j', hosts: ['n3'], ranks: [], source: 'dcgm-jobs' });
    expect(joinPlacement(slurm, of('n1'))).toEqual(slurm);
  });

  it('keeps the NICs a log tells of, whoever speaks next', () => {
    const nics = [{ device: 'n1', port: 'mlx5_0' }];
    const log: JobPlacement = { job: 'j', hosts: [], ranks: [], nics, source: 'log' };
    const told = joinPlacement(slurm, log);
    expect(told).toMatchObject({ hosts: slurm.hosts, nics });
    expect(joinPlacement(told, slurm)).toMatchObject({ hosts: slurm.hosts, nics });
  });
});
