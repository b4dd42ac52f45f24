import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import * as documents from '../../lib/api/documents.ts';
import * as views from '../../lib/api/views.ts';
import { ManualClock } from '../../lib/clock.ts';
import { anEpisode } from '../contracts/documents.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);

function page(item: z.ZodType): z.ZodType {
  return z.strictObject({ items: z.array(item).min(1), nextCursor: z.string().nullable() });
}

describe('every answer is what its schema says', () => {
  const clock = new ManualClock(T0);
  let monitor: TestMonitor;

  beforeAll(async () => {
    monitor = await testMonitor({ clock });
    const cable = (port: string, host: string) => ({
      a: { device: 'leaf1', port },
      b: { device: host, port: 'm0' },
      source: 'lldp',
    });
    const health = {
      target: 'leaf1',
      device: 'leaf1',
      collector: 'snmp',
      address: '10.0.0.1:161',
      state: 'ok',
      lastSuccessMs: T0,
      lastError: null,
      polls: 1,
      failures: 0,
      ports: 2,
      clockOffsetMs: 0.5,
      paths: [{ path: 'counters', requestedIntervalMs: 1000, achievedIntervalMs: 1001, staircaseMs: null }],
      missing: ['ecnMarkFraction'],
      refused: [],
      shortestStormMs: 200,
      collectedBy: 'c1',
      atMs: T0,
    };
    const events = [
      { type: 'links', device: 'leaf1', devices: [], links: [cable('E/1', 'gpu1'), cable('E/2', 'gpu2')] },
      { type: 'target', health },
      { type: 'episode', episode: anEpisode({ port: 'E/1', startMs: T0, severity: 'critical' }) },
    ];
    const job = [{ job: 'llm', hosts: ['gpu1', 'gpu2'], gpus: 16 }];
    await monitor.post('/api/v1/ingest/events', events.map((event) => JSON.stringify(event)).join('\n'));
    await monitor.post('/api/v1/ingest/jobs', JSON.stringify(job));
    const steps = [];
    for (let second = 1; second <= 60; second++) {
      clock.advance(1000);
      const lines = ['E/1', 'E/2'].map(
        (port) =>
          `port,device=leaf1,port=${port},priority=3 interval_ms=1000,rx_pause_fraction=${port === 'E/1' ? 0.8 : 0} ${clock.now()}\nport,device=leaf1,port=${port} interval_ms=1000,rx_bytes_per_sec=5e9,tx_util_fraction=0.4,link_up=1 ${clock.now()}`,
      );
      await monitor.post('/api/v2/write?precision=ms', lines.join('\n'));
      for (const rank of [0, 1]) {
        steps.push({
          job: 'llm',
          step: second,
          rank,
          host: `gpu${rank + 1}`,
          startMs: clock.now() - 1000,
          endMs: clock.now(),
          computeEndMs: clock.now() - 500,
        });
      }
    }
    const answer = await monitor.post('/api/v1/ingest/steps', JSON.stringify(steps));
    expect(answer.json).toEqual({ accepted: 120, rejected: [] });
    // Time goes on, so that the newest steps are judged too.
    clock.advance(30_000);
    await vi.waitFor(
      async () => {
        expect((await monitor.get('/api/v1/jobs/llm/steps')).json.items.length).toBeGreaterThan(30);
        expect((await monitor.get('/api/v1/incidents')).json.items.length).toBeGreaterThan(0);
      },
      { timeout: 15_000 },
    );
  }, 60_000);
  afterAll(() => monitor.close());

  const checks: [path: string, schema: z.ZodType][] = [
    ['overview', views.overviewViewSchema],
    ['strip', views.stripSchema],
    ['topology', views.topologyViewSchema],
    ['targets', page(documents.targetHealthSchema)],
    ['ports', views.portPageSchema],
    ['ports/leaf1/E%2F1', views.portDetailSchema],
    ['series?device=leaf1&port=E/1&field=rxPauseFraction,rxBytesPerSec&from=now-5m', views.seriesAnswerSchema],
    ['episodes', page(documents.episodeSchema)],
    ['incidents', page(documents.incidentSchema)],
    ['jobs', page(documents.jobSummarySchema)],
    ['jobs/llm', views.jobDetailSchema],
    ['jobs/llm/ranks?steps=30', views.rankMapSchema],
    ['jobs/llm/steps', page(documents.stepVerdictSchema)],
    ['jobs/llm/steps/20/explain', views.stepExplanationSchema],
  ];

  it.each(checks)('GET /api/v1/%s', async (path, schema) => {
    const { status, json } = await monitor.get(`/api/v1/${path}`);
    expect(status).toBe(200);
    const result = schema.safeParse(json);
    expect(result.error?.issues ?? []).toEqual([]);
    // Nothing is answered that the document does not name.
    expect(JSON.parse(JSON.stringify(result.data))).toEqual(json);
  });

  it('has whole series and the ranks of a step', async () => {
    const { series } = (await monitor.get('/api/v1/series?device=leaf1&port=E/1&field=rxPauseFraction&from=now-5m'))
      .json;
    expect(series[0].values).toEqual(Array.from({ length: 60 }, () => 0.8));
    expect(series[0].labels.priority).toBe(3);
    const { ranks } = (await monitor.get('/api/v1/jobs/llm/steps/20/explain')).json;
    expect(ranks).toEqual(
      [0, 1].map((rank) => ({ rank, host: `gpu${rank + 1}`, durationSeconds: 1, computeSeconds: 0.5 })),
    );
  });
});
