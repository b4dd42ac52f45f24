import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PLUGINS } from '../../collectors/registry.ts';
import { type CollectorCase, describeCollector } from '../contracts/collector.ts';
import { gnmiCase } from './gnmi/contract-case.ts';
import { roceTree, writeTree } from './host/trees.ts';
import { pod, serveApi } from './kubernetes/api-server.ts';
import { LanzServer } from './lanz/lanz-server.ts';
import { config, congestion, framed } from './lanz/records.ts';
import { serveTracking } from './mlflow/tracking-server.ts';
import { serveExporter } from './prometheus/exporter.ts';

const apiServer = serveApi('contract-token', [pod('llm-0', 'gpu01')]);
const exporter = serveExporter('contract-token');
const tracking = serveTracking('Bearer contract-token', [1, 2, 3, 4]);

let leaf: LanzServer | undefined;
/** A switch that tells of a congestion of the last second. */
async function serveLanz(): Promise<string> {
  const told = [1, 2, 3].map((entry) => congestion({ atMs: Date.now() - 1000 + 300 * entry, entry, segments: 90 }));
  leaf = await LanzServer.start((socket) => void socket.write(Buffer.concat([config(480), ...told].map(framed))));
  return leaf.address;
}

const line = (step: number) =>
  ` [2026-11-22 16:10:0${step}.5] iteration  ${step}/  9 | elapsed time per iteration (ms): 900.0 | lm loss: 2.3 |\n`;

/** Plugins whose peers are processes are met in tests/system. */
const CASES: Record<string, CollectorCase> = {
  gnmi: gnmiCase,
  host: {
    good: (directory) => {
      writeTree(directory, roceTree());
      return { name: 'gpu07', collector: 'host', interval: '10ms', root: directory };
    },
    dead: (directory) => ({ name: 'gpu08', collector: 'host', interval: '10ms', root: join(directory, 'none') }),
  },
  prometheus: {
    good: async () => ({
      name: 'gpu07',
      collector: 'prometheus',
      url: await exporter.start(),
      interval: '20ms',
      // A loaded machine may take longer than the interval.
      timeout: '10s',
      auth: { token: 'contract-token' },
    }),
    dead: () => ({
      name: 'gpu08',
      collector: 'prometheus',
      address: '127.0.0.1:1',
      interval: '20ms',
      auth: { token: 'contract-token' },
    }),
    secret: 'contract-token',
    close: () => exporter.close(),
  },
  slurm: {
    good: (directory) => {
      const job = { job_id: 7, name: 'llm', job_state: ['RUNNING'], nodes: 'gpu[01-02]' };
      writeFileSync(join(directory, 'squeue.json'), JSON.stringify({ jobs: [job] }));
      return { collector: 'slurm', file: join(directory, 'squeue.json'), interval: '10ms' };
    },
    dead: () => ({ collector: 'slurm', command: ['/none/squeue', '--json'], interval: '10ms' }),
  },
  kubernetes: {
    good: async () => ({
      collector: 'kubernetes',
      url: await apiServer.start(),
      auth: { token: 'contract-token' },
      interval: '20ms',
    }),
    dead: () => ({
      collector: 'kubernetes',
      url: 'http://127.0.0.1:1',
      auth: { token: 'contract-token' },
      interval: '20ms',
    }),
    secret: 'contract-token',
    close: () => apiServer.close(),
  },
  mlflow: {
    good: async () => ({
      collector: 'mlflow',
      url: await tracking.start(),
      run: 'd45618e8287740d3a81e261ef6d6c803',
      metric: 'train/loss',
      job: 'llama',
      auth: { token: 'contract-token' },
      interval: '20ms',
    }),
    dead: () => ({
      collector: 'mlflow',
      url: 'http://127.0.0.1:1',
      run: 'x',
      metric: 'train/loss',
      job: 'llama',
      auth: { token: 'contract-token' },
      interval: '20ms',
    }),
    secret: 'contract-token',
    close: () => tracking.close(),
  },
  'dcgm-jobs': {
    good: (directory) => {
      mkdirSync(join(directory, 'map'));
      writeFileSync(join(directory, 'map', '0'), '4711\n');
      return { collector: 'dcgm-jobs', directory: join(directory, 'map'), host: 'gpu01', interval: '10ms' };
    },
    dead: (directory) => ({ collector: 'dcgm-jobs', directory: join(directory, 'none'), interval: '10ms' }),
  },
  lanz: {
    good: async () => ({ name: 'leaf1', collector: 'lanz', address: await serveLanz(), interval: '10ms' }),
    dead: () => ({ name: 'leaf2', collector: 'lanz', address: '127.0.0.1:1', interval: '10ms' }),
    close: async () => leaf?.close(),
  },
  training: {
    good: (directory) => {
      writeFileSync(join(directory, 'log'), [1, 2, 3, 4].map(line).join(''));
      return { collector: 'training', file: join(directory, 'log'), job: 'llama', interval: '10ms' };
    },
    dead: (directory) => ({ collector: 'training', file: join(directory, 'none'), job: 'llama', interval: '10ms' }),
  },
};
const MET_ELSEWHERE = readFileSync(new URL('../system/collector-contract.test.ts', import.meta.url), 'utf8');

for (const plugin of PLUGINS) {
  const subject = CASES[plugin.name];
  if (subject !== undefined) describeCollector(plugin, subject);
  else {
    it(`has the contract run on ${plugin.name}`, () => {
      expect(MET_ELSEWHERE).toContain(`describeCollector(${plugin.name}Plugin`);
    });
  }
}
