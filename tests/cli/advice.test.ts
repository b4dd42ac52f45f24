import { expect, it } from 'vitest';
import { adviceOn } from '../../cli/advice.ts';
import { parseStallscopeConfig } from '../../collectors/config.ts';
import { PLUGINS } from '../../collectors/registry.ts';

const advice = (text: string) => adviceOn(parseStallscopeConfig(text, 'stallscope.yaml', PLUGINS, { env: {} }));

it('is silent where all is well', () => {
  expect(advice('')).toEqual([]);
  expect(
    advice(`targets: [{name: gpu1, collector: host}]
links: [{a: leaf1/Ethernet1, b: gpu2/mlx5_0}]
jobs: [{job: llama, hosts: "gpu[1-2]"}]
server: {host: 0.0.0.0, tokens: [{name: all, token: 0123456789abcdef}]}`),
  ).toEqual([]);
});

it('names an open server', () => {
  expect(advice('server: {host: 0.0.0.0}')).toEqual([
    expect.stringContaining('server.host 0.0.0.0 lets other machines in'),
  ]);
});

it('names job hosts that nothing leads to, and no more than fit a line', () => {
  expect(advice('jobs: [{job: llama, hosts: "gpu[1-64]"}]')).toEqual([
    'job llama: gpu1, gpu2, gpu3 and 61 more have no link and are no targets; unless LLDP tells of them, their ports are unknown',
  ]);
});
