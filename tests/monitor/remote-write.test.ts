import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { type SentSeries, snappyLiterals, writeRequest } from '../lib/remote-write/write-request.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);
const HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
};

describe('Prometheus remote write', () => {
  const clock = new ManualClock(T0);
  let monitor: TestMonitor;
  beforeAll(async () => {
    monitor = await testMonitor({ clock });
  });
  afterAll(() => monitor.close());

  const write = (series: readonly SentSeries[], headers: Record<string, string> = HEADERS) =>
    monitor.post('/api/v1/write', snappyLiterals(writeRequest(series)), headers);
  const counters = (n: number, names = ['received', 'transmitted']): SentSeries[] =>
    names.map((way) => ({
      labels: {
        __name__: `node_infiniband_port_data_${way}_bytes_total`,
        job: 'node',
        instance: 'gpu21:9100',
        device: 'mlx5_0',
        port: '1',
      },
      samples: [[n * 5e9, T0 + n * 5000]],
    }));
  const rates = async (field: string) =>
    (
      await monitor.get(
        `/api/v1/series?device=gpu21&port=mlx5_0&field=${field}&priority=none&from=${T0}&to=${T0 + 600_000}`,
      )
    ).json.series[0]?.values ?? [];

  it('makes samples of what was scraped, also where a scrape comes in parts and twice', async () => {
    for (let n = 0; n < 8; n++) {
      clock.set(T0 + n * 5000 + 1000);
      expect(await write(counters(n, ['received']))).toMatchObject({ status: 204, text: '' });
      expect(await write(counters(n, ['transmitted']))).toMatchObject({ status: 204, text: '' });
      expect(await write(counters(n))).toMatchObject({ status: 204 });
    }
    expect(await rates('rxBytesPerSec')).toEqual(new Array(7).fill(1e9));
    expect(await rates('txBytesPerSec')).toEqual(new Array(7).fill(1e9));
  });

  it('says what a sender must not send again', async () => {
    const wrong = (headers: Record<string, string>) => write(counters(0), headers);
    expect((await wrong({ ...HEADERS, 'content-encoding': 'identity' })).status).toBe(415);
    expect((await wrong({ ...HEADERS, 'content-type': 'application/json' })).status).toBe(415);
    const newer = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
    expect((await wrong({ ...HEADERS, 'content-type': newer })).status).toBe(415);
    const older = 'application/x-protobuf;proto=prometheus.WriteRequest';
    expect((await wrong({ ...HEADERS, 'content-type': older })).status).toBe(204);
    expect((await monitor.post('/api/v1/write', Buffer.from('nonsense'), HEADERS)).status).toBe(400);
    expect((await monitor.post('/api/v1/write', snappyLiterals(Buffer.from([0x0a, 0x50])), HEADERS)).status).toBe(400);
    const tooLarge = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    expect((await monitor.post('/api/v1/write', tooLarge, HEADERS)).status).toBe(413);
    const old = await write([{ ...counters(0)[0]!, samples: [[1, 1000]] }]);
    expect(old.status).toBe(400);
    expect(old.json.detail).toContain('older than what is kept');
  });

  it('counts what means nothing here', async () => {
    expect(
      (await write([{ labels: { __name__: 'up', job: 'node', instance: 'gpu21:9100' }, samples: [[1, T0]] }])).status,
    ).toBe(204);
    expect((await monitor.get('/metrics')).text).toContain('stallscope_unknown_points{measurement="up"} 1');
  });
});
