import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dcgmJobsConfigSchema } from '../../../collectors/dcgm-jobs/config.ts';
import { dcgmJobsPlugin } from '../../../collectors/dcgm-jobs/index.ts';
import { readJobMap } from '../../../collectors/dcgm-jobs/read-map.ts';
import { systemClock } from '../../../lib/clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type { JobPlacement } from '../../../lib/topology/types.ts';

let directory: string;
const signal = new AbortController().signal;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'job-map-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const put = (name: string, text: string) => writeFileSync(join(directory, name), text);

it('reads the jobs of all GPUs and instances of the host, each once', async () => {
  put('0', '4711\n');
  put('1', '4711\n4712\n');
  put('2.0', 'array_[1-3]\n');
  put('GPU-8d4a5c1e-0000-1111-2222-333344445555', '4713');
  put('.0.swp', '9');
  put('README', 'not a gpu');
  const { jobs, problems } = await readJobMap(directory, 'gpu07', signal);
  expect(problems).toEqual([]);
  expect(jobs.map(({ id, hosts }) => [id, hosts])).toEqual([
    ['4711', ['gpu07']],
    ['4712', ['gpu07']],
    ['array_[1-3]', ['gpu07']],
    ['4713', ['gpu07']],
  ]);
});

it('names what is no id and what cannot be read, and goes on', async () => {
  put('0', 'a|b\n4711\n');
  mkdirSync(join(directory, '1'));
  const { jobs, problems } = await readJobMap(directory, 'gpu07', signal);
  expect(jobs.map(({ id }) => id)).toEqual(['4711']);
  expect(problems).toEqual(['0: "a|b" is no id of a job', expect.stringContaining('EISDIR')]);
  await expect(readJobMap(join(directory, 'none'), 'gpu07', signal)).rejects.toThrow(/none: ENOENT/);
});

it('tells of its host alone, and when a job has left it', async () => {
  put('0', '4711');
  const jobs: JobPlacement[] = [];
  const source = dcgmJobsPlugin.create(
    dcgmJobsConfigSchema.parse({ directory, host: 'gpu07', interval: '5ms', jobName: 'job-{id}' }),
    {
      sink: {
        readings() {},
        links() {},
        steps() {},
        collectives() {},
        health() {},
        jobs: (placements) => jobs.push(...placements),
      },
      clock: systemClock,
      logger: silentLogger,
      collectorId: 'c',
      stateDir: directory,
    },
  );
  const stop = new AbortController();
  const done = source.start(stop.signal);
  await expect.poll(() => jobs.length, { interval: 5 }).toBe(1);
  put('0', '');
  await expect.poll(() => jobs.length, { interval: 5 }).toBe(2);
  stop.abort();
  await done;
  const told = { job: 'job-4711', hosts: ['gpu07'], ranks: [], ofHost: 'gpu07', source: 'dcgm-jobs' };
  expect(jobs).toEqual([told, { ...told, endMs: expect.any(Number) }]);
});
