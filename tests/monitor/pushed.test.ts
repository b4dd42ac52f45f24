import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);

describe('a device that pushes samples by itself', () => {
  const clock = new ManualClock(T0);
  let monitor: TestMonitor;
  beforeAll(async () => {
    monitor = await testMonitor({ clock });
  });
  afterAll(() => monitor.close());

  const poll = async (device: string, paused: number) => {
    const body = `port,device=${device},port=E1 interval_ms=1000,rx_pause_fraction=${paused},tx_bytes_per_sec=1e9,link_rate_bits_per_sec=1e11,link_up=1 ${clock.now()}
port,device=${device},port=E2 interval_ms=1000,rx_pause_fraction=0,tx_bytes_per_sec=1e9,link_rate_bits_per_sec=1e11,link_up=1 ${clock.now()}`;
    expect((await monitor.post('/api/v2/write?precision=ms', body)).status).toBe(204);
  };

  it('has its storm found, told and ended', async () => {
    const links = { a: { device: 'leaf1', port: 'E1' }, b: { device: 'gpu1', port: 'mlx5_0' }, source: 'lldp' };
    const event = {
      type: 'links',
      device: 'leaf1',
      devices: [{ device: 'gpu1', role: 'host', polled: false }],
      links: [links],
    };
    await monitor.post('/api/v1/ingest/events', JSON.stringify(event));
    for (let second = 0; second < 20; second++) {
      clock.advance(1000);
      await poll('leaf1', 0.8);
    }
    const incidents = await vi.waitFor(async () => {
      const { items } = (await monitor.get('/api/v1/incidents?open=true')).json;
      expect(items).toHaveLength(1);
      return items;
    });
    expect(incidents[0]).toMatchObject({ kind: 'pause-storm', severity: 'critical', endMs: null });
    const overview = (await monitor.get('/api/v1/overview')).json;
    expect(overview.state).toBe('hurting');
    expect(overview.sentence).toContain(incidents[0].summary.replace(/[.]$/, ''));
    expect((await monitor.get('/api/v1/episodes')).json.items.length).toBeGreaterThan(0);
    for (let second = 0; second < 30; second++) {
      clock.advance(1000);
      await poll('leaf1', 0);
    }
    await vi.waitFor(async () => {
      expect((await monitor.get('/api/v1/incidents?open=true')).json.items).toEqual([]);
    });
    const ended = (await monitor.get(`/api/v1/incidents/${incidents[0].id}`)).json;
    expect(ended.endMs).not.toBeNull();
  });

  it('is not judged twice where a collector looks after it', async () => {
    const health = {
      target: 'leaf9',
      device: 'leaf9',
      collector: 'snmp',
      address: '10.0.0.9:161',
      state: 'ok',
      lastSuccessMs: clock.now(),
      lastError: null,
      polls: 1,
      failures: 0,
      ports: 2,
      clockOffsetMs: null,
      paths: [],
      missing: [],
      refused: [],
      shortestStormMs: null,
      collectedBy: 'c1',
      atMs: clock.now(),
    };
    await monitor.post('/api/v1/ingest/events', JSON.stringify({ type: 'target', health }));
    for (let second = 0; second < 20; second++) {
      clock.advance(1000);
      await poll('leaf9', 0.8);
    }
    expect((await monitor.get('/api/v1/episodes?device=leaf9')).json.items).toEqual([]);
    // A minute without a word from the collector: the target is silent, whatever it said last.
    clock.advance(61_000);
    const { items } = (await monitor.get('/api/v1/targets')).json;
    expect(items[0]).toMatchObject({ target: 'leaf9', state: 'down' });
    expect(items[0].lastError.message).toContain('no word from its collector (c1)');
  });
});
