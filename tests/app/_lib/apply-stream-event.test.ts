import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it } from 'vitest';
import { applyStreamEvent, parseStreamEvent, upsert } from '../../../app/_lib/apply-stream-event.ts';
import { STEPS_SHOWN } from '../../../app/_lib/queries.ts';
import { queryKeys } from '../../../app/_lib/query-keys.ts';
import type { JobDetail, OverviewUpdate, Page, PortDetail, SeriesAnswer } from '../../../lib/api/types.ts';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import type { JobSummary, StepVerdict } from '../../../lib/training/step.ts';
import { incident, step } from '../../findings.ts';
import { job, portRow } from './fixtures.ts';

let client: QueryClient;
beforeEach(() => {
  client = new QueryClient();
});

describe('events of the stream', () => {
  it('replaces an item in place and adds a new one where new ones belong', () => {
    const same = (a: number, b: number) => a === b;
    expect(upsert([1, 2], 2, same)).toEqual([1, 2]);
    expect(upsert([1, 2], 3, same)).toEqual([1, 2, 3]);
    expect(upsert([1, 2], 3, same, false)).toEqual([3, 1, 2]);
  });

  it('updates an incident in its list, on its page, at its root port and at the jobs it hit', () => {
    const old = incident();
    client.setQueryData<Page<Incident>>(queryKeys.incidents, { items: [old], nextCursor: null });
    client.setQueryData<JobDetail>(queryKeys.job('job0'), {
      ...job('job0'),
      placement: null,
      ports: [],
      incidents: [],
    });
    const root = { device: 'leaf3', port: 'Ethernet1/5' };
    client.setQueryData(queryKeys.port(root), { ...portRow('leaf3', 'Ethernet1/5'), incidents: [old] });
    const ended = incident({
      endMs: 9000,
      jobs: [{ job: 'job0', lostSeconds: 1, lostSecondsLow: 1, lostSecondsHigh: 1, steps: 1 }],
    });
    applyStreamEvent(client, { event: 'incident', data: ended });
    expect(client.getQueryData<Page<Incident>>(queryKeys.incidents)?.items).toEqual([ended]);
    expect(client.getQueryData(queryKeys.incident('i1'))).toEqual(ended);
    expect(client.getQueryData<JobDetail>(queryKeys.job('job0'))?.incidents).toEqual([ended]);
    expect(client.getQueryData<PortDetail>(queryKeys.port(root))?.incidents).toEqual([ended]);
  });

  it('keeps the map of an overview that comes without one', () => {
    const heat = { leaves: ['leaf1'], spines: [], cells: [], edges: [] };
    const update: OverviewUpdate = {
      atMs: 1,
      sentence: 'all well',
      state: 'ok',
      counts: { info: 0, warning: 0, critical: 0 },
      incidents: [],
      jobs: [],
      slowSteps: [],
      topPorts: [],
      coverage: {
        targets: 0,
        targetsOk: 0,
        silent: [],
        stale: [],
        fresh: 0,
        collectorsQuietMs: null,
        ports: 0,
        tellingPorts: 0,
        newestSampleMs: null,
      },
    };
    applyStreamEvent(client, { event: 'overview', data: update });
    expect(client.getQueryData(queryKeys.overview)).toBeUndefined();
    applyStreamEvent(client, { event: 'overview', data: { ...update, heat } });
    applyStreamEvent(client, { event: 'overview', data: { ...update, atMs: 2 } });
    expect(client.getQueryData(queryKeys.overview)).toEqual({ ...update, atMs: 2, heat });
  });

  it('leaves lists alone that nobody has read, and things that do not exist absent', () => {
    client.setQueryData(queryKeys.job('job0'), null);
    applyStreamEvent(client, { event: 'job', data: job('job0') });
    expect(client.getQueryData(queryKeys.jobs)).toBeUndefined();
    expect(client.getQueryData(queryKeys.job('job0'))).toBeNull();
  });

  it('adds a verdict at the new end, whichever order the list has, and keeps the list bounded', () => {
    const full = Array.from({ length: STEPS_SHOWN }, (_, index) => step(index));
    const key = queryKeys.steps('job0');
    client.setQueryData<Page<StepVerdict>>(key, { items: full, nextCursor: null });
    applyStreamEvent(client, { event: 'verdict', data: step(STEPS_SHOWN) });
    const ascending = client.getQueryData<Page<StepVerdict>>(key)?.items ?? [];
    expect(ascending).toHaveLength(STEPS_SHOWN);
    expect(ascending.at(-1)?.step).toBe(STEPS_SHOWN);
    expect(ascending[0]?.step).toBe(1);

    client.setQueryData<Page<StepVerdict>>(key, { items: full.toReversed(), nextCursor: null });
    applyStreamEvent(client, { event: 'verdict', data: step(STEPS_SHOWN) });
    const descending = client.getQueryData<Page<StepVerdict>>(key)?.items ?? [];
    expect(descending).toHaveLength(STEPS_SHOWN);
    expect(descending[0]?.step).toBe(STEPS_SHOWN);
  });

  it('revises a verdict in place', () => {
    const key = queryKeys.steps('job0');
    client.setQueryData<Page<StepVerdict>>(key, { items: [step(1), step(2)], nextCursor: null });
    applyStreamEvent(client, { event: 'verdict', data: step(1, { slow: true, verdict: 'network' }) });
    const items = client.getQueryData<Page<StepVerdict>>(key)?.items;
    expect(items?.map((item) => item.verdict)).toEqual(['network', null]);
  });

  it('keeps what a job page knows beyond the summary', () => {
    const detail: JobDetail = { ...job('job0'), placement: null, ports: [{ device: 'a', port: 'b' }], incidents: [] };
    client.setQueryData(queryKeys.job('job0'), detail);
    client.setQueryData<Page<JobSummary>>(queryKeys.jobs, { items: [job('job0')], nextCursor: null });
    applyStreamEvent(client, { event: 'job', data: job('job0', { slowSteps: 7 }) });
    expect(client.getQueryData<JobDetail>(queryKeys.job('job0'))).toEqual({ ...detail, slowSteps: 7 });
    expect(client.getQueryData<Page<JobSummary>>(queryKeys.jobs)?.items[0]?.slowSteps).toBe(7);
  });

  it('grows charts that end now, and only those', () => {
    const row = portRow('leaf1', 'e1', { atMs: 4000, latest: { rxPauseFraction: 0.5 } });
    const answer: SeriesAnswer = {
      fromMs: 0,
      toMs: 3000,
      series: [
        {
          labels: { device: 'leaf1', port: 'e1', field: 'rxPauseFraction' },
          unit: 'fraction',
          timestampsMs: [1000, 2000, 3000],
          values: [0, 0, 0],
        },
      ],
    };
    const live = [...queryKeys.seriesOf(row), 'port', 'rxPauseFraction', 'now-3s', 'now'];
    const fixed = [...queryKeys.seriesOf(row), 'port', 'rxPauseFraction', '0', '3000'];
    client.setQueryData(live, answer);
    client.setQueryData(fixed, answer);
    applyStreamEvent(client, { event: 'port', data: row });
    const grown = client.getQueryData<SeriesAnswer>(live);
    expect(grown).toMatchObject({ fromMs: 1000, toMs: 4000 });
    expect(grown?.series[0]).toMatchObject({ timestampsMs: [1000, 2000, 3000, 4000], values: [0, 0, 0, 0.5] });
    expect(client.getQueryData(fixed)).toBe(answer);
  });

  it('refuses events it does not know and text that is not a document', () => {
    expect(parseStreamEvent('overview', '{"atMs":1}')).toMatchObject({ event: 'overview' });
    expect(parseStreamEvent('newer-event', '{}')).toBeUndefined();
    expect(parseStreamEvent('overview', '{"at')).toBeUndefined();
    expect(parseStreamEvent('overview', '7')).toBeUndefined();
  });
});
