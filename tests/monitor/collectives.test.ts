import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);

describe('collectives of a job', () => {
  const clock = new ManualClock(T0);
  let monitor: TestMonitor;
  beforeAll(async () => {
    monitor = await testMonitor({ clock });
  });
  afterAll(() => monitor.close());

  const record = (rank: number, seq: number, more: object = {}) => ({
    ...{ job: 'llm', commId: '0xa', collectiveSeq: seq, collectiveKind: 'AllReduce', messageBytes: 1e6 },
    ...{ execTimeUs: 900, busGBPerSec: 480.5, rank, host: 'h1', ...more },
  });

  it('come back page by page, newest first, each once', async () => {
    const records = [0, 1, 2, 3, 4].flatMap((seq) =>
      [0, 1, 2].map((rank) => record(rank, seq, { endUs: (T0 + seq) * 1000 })),
    );
    const body = [...records, record(-1, 9), { job: 'llm' }].map((one) => JSON.stringify(one)).join('\n');
    const answer = await monitor.post('/api/v1/ingest/collectives', body);
    expect(answer.status).toBe(202);
    expect(answer.json.accepted).toBe(15);
    expect(answer.json.rejected.map(({ index }: { index: number }) => index)).toEqual([15, 16]);
    const found: { collectiveSeq: number; rank: number }[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await monitor.get(`/api/v1/jobs/llm/collectives?limit=4${page}`);
      found.push(...json.items);
      cursor = json.nextCursor;
    }
    expect(found.map(({ collectiveSeq, rank }) => `${collectiveSeq}/${rank}`)).toEqual(
      [4, 3, 2, 1, 0].flatMap((seq) => [0, 1, 2].map((rank) => `${seq}/${rank}`)),
    );
    const some = (await monitor.get(`/api/v1/jobs/llm/collectives?from=${T0 + 1}&to=${T0 + 3}`)).json;
    expect(some.items).toHaveLength(6);
    expect((await monitor.get('/metrics')).text).toContain('stallscope_ingest_collectives_total 15');
  });

  it('without any clock are taken to have ended when they came', async () => {
    clock.advance(60_000);
    await monitor.post('/api/v1/ingest/collectives', JSON.stringify([record(0, 77)]));
    const { items } = (await monitor.get('/api/v1/jobs/llm/collectives?limit=1')).json;
    expect(items).toEqual([record(0, 77, { timestampMs: T0 + 60_000 })]);
  });

  it('say in the explanation of a step for whom the others waited', async () => {
    const startMs = clock.now();
    await monitor.post(
      '/api/v1/ingest/steps',
      JSON.stringify([{ job: 'waits', step: 1, startMs, endMs: startMs + 1000 }]),
    );
    const at = (seq: number, execTimeUs: number, rank: number, more: object = {}) => {
      const endUs = (startMs + 100 * seq + 50) * 1000;
      return {
        ...record(rank, seq, { host: `h${rank}`, timingSource: 'kernel_gpu', startUs: endUs - execTimeUs, endUs }),
        job: 'waits',
        execTimeUs,
        ...more,
      };
    };
    // The last two are not of this step: one ended later, of the other nobody knows when it ran.
    const untimed = { ...at(7, 40_000, 0), startUs: undefined, endUs: undefined };
    const records = [1, 4].flatMap((seq) => [at(seq, 45_000, 0), at(seq, 5000, 1)]);
    const others = [at(30, 1, 0), at(30, 9_000_000, 1), { ...untimed, timestampMs: startMs + 500 }];
    await monitor.post('/api/v1/ingest/collectives', JSON.stringify([...records, ...others]));
    clock.advance(120_000);
    const explanation = await vi.waitFor(async () => {
      const { status, json } = await monitor.get('/api/v1/jobs/waits/steps/1/explain');
      expect(status).toBe(200);
      return json;
    });
    expect(explanation.waits).toEqual([
      { commId: '0xa', rank: 1, host: 'h1', last: 2, of: 2, waitedSeconds: expect.closeTo(0.08, 6) },
    ]);
    expect(explanation.text).toContain('in collectives rank 1 of 0xa on h1 came last 2 of 2 times: 0.080 s waited');
    // Both ranks told of 1 and 4.
    expect(explanation.collectives).toMatchObject({ operations: 4, missing: 4 });
    expect(explanation.text).toContain('not visible: 4 of 8 collectives are not on record');
  });

  it('and jobs may be pushed in the long spelling', async () => {
    const { job: _, ...rest } = record(0, 5, { endUs: (T0 + 5) * 1000 });
    const told = await monitor.post('/api/v1/ingest/collectives', JSON.stringify([{ jobId: 'long', ...rest }, rest]));
    expect(told.json).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, detail: expect.stringContaining('job: ') }],
    });
    expect((await monitor.get('/api/v1/jobs/long/collectives')).json.items).toEqual([{ job: 'long', ...rest }]);
    const places = [
      { jobId: 'placed', rankToHost: { 0: 'h0', 1: 'h1' } },
      { jobId: 'odd', rankToHost: { first: 'h0' } },
      { jobId: 'odd', rankToHost: { 0: 7 } },
    ];
    const { json } = await monitor.post('/api/v1/ingest/jobs', JSON.stringify(places));
    expect(json.rejected.map(({ index }: { index: number }) => index)).toEqual([1, 2]);
    expect((await monitor.get('/api/v1/jobs/placed')).json.placement).toMatchObject({
      ranks: [
        { rank: 0, device: 'h0' },
        { rank: 1, device: 'h1' },
      ],
    });
  });

  it('and the place of a job may come from a collector', async () => {
    const placement = { job: 'slurm-7', hosts: ['gpu01', 'gpu02'], ranks: [], source: 'slurm', gpus: 16 };
    const answer = await monitor.post('/api/v1/ingest/events', JSON.stringify({ type: 'job', placement }));
    expect(answer.json).toEqual({ accepted: 1, rejected: [] });
    expect((await monitor.get('/api/v1/jobs/slurm-7')).json.placement).toEqual(placement);
  });
});
