import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placementsOf, type ScheduledJob } from '../../../collectors/scheduler/placements.ts';
import { SchedulerSource } from '../../../collectors/scheduler/source.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import type { JobPlacement } from '../../../lib/topology/types.ts';
import { collectorContext } from '../../collector-context.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scheduler-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const job = (name: string, ...hosts: string[]): ScheduledJob => ({ id: `1${name}`, name, hosts });

/** Runs a source over lists that change; each list is looked at once more before the next. */
async function run(...lists: (ScheduledJob[] | Error)[]) {
  const told: JobPlacement[] = [];
  const health: TargetHealth[] = [];
  const stop = new AbortController();
  let looks = 0;
  const source = new SchedulerSource(
    { name: 'slurm', interval: 5, jobName: '{name}' },
    {
      kind: 'slurm',
      address: 'squeue',
      running: async () => {
        const list = lists[Math.min(looks++ >> 1, lists.length - 1)];
        if (list instanceof Error) throw list;
        return { jobs: list ?? [], problems: [] };
      },
      close: () => {},
    },
    collectorContext(
      {
        jobs: (placements) => told.push(...placements),
        health: (report) => health.push(report),
      },
      { collectorId: 'c', stateDir: directory },
    ),
  );
  const done = source.start(stop.signal);
  while (looks < lists.length * 2) await turn();
  await turn();
  stop.abort();
  await done;
  return { told, health, shown: told.map((one) => `${one.job} ${one.hosts.join()}${one.endMs ? ' ended' : ''}`) };
}

describe('a scheduler followed', () => {
  it('is told when jobs start, move and end, and not again', async () => {
    const { shown } = await run(
      [job('a', 'n1'), job('b', 'n2')],
      [job('a', 'n1', 'n3'), job('b', 'n2')],
      [job('b', 'n2'), job('c', 'n1')],
    );
    expect(shown).toEqual(['a n1', 'b n2', 'a n1,n3', 'c n1', 'a n1,n3 ended']);
  });

  it('ends nothing while it does not answer', async () => {
    const { shown, health } = await run([job('a', 'n1')], new Error('squeue: no controller'), [job('a', 'n1')]);
    expect(shown).toEqual(['a n1']);
    expect(health.some(({ lastError }) => lastError?.message === 'squeue: no controller')).toBe(true);
  });

  it('ends what ended while nobody looked', async () => {
    await run([job('a', 'n1'), job('b', 'n2')]);
    expect((await run([job('b', 'n2')])).shown).toEqual(['b n2', 'a n1 ended']);
  });
});

describe('placementsOf', () => {
  it('names jobs by the template, and those of one name by their ids too', () => {
    const jobs = [
      { ...job('x', 'n1'), group: 'p', user: 'u' },
      { ...job('y', 'n2'), id: '2' },
      { ...job('y', 'n3'), id: '3' },
    ];
    const { placements, problems } = placementsOf(jobs, '{name}', 'slurm');
    expect(placements.map((one) => one.job)).toEqual(['x', 'y-2', 'y-3']);
    expect(problems).toEqual([expect.stringContaining('2 running jobs are called y')]);
    expect(placementsOf(jobs.slice(0, 1), '{group}/{user}/{id}', 'slurm').placements[0]?.job).toBe('p/u/1x');
  });
});
