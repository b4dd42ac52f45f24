import { gzipSync } from 'node:zlib';
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultBaseConfig } from '../../lib/config/base.ts';
import { ConfigError } from '../../lib/errors.ts';
import { anEpisode } from '../contracts/documents.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

const WRITE = '/api/v2/write?org=stallscope&bucket=stallscope&precision=ms';

function line(port: string, endMs: number, fields: string): string {
  return `port,device=leaf1,port=${port} interval_ms=1000,${fields} ${endMs}`;
}

describe('write API', () => {
  let monitor: TestMonitor;
  beforeAll(async () => {
    monitor = await testMonitor();
  });
  afterAll(() => monitor.close());

  const values = async (port: string, field: string) => {
    const { json } = await monitor.get(`/api/v1/series?device=leaf1&port=${port}&field=${field}`);
    return json.series[0]?.values;
  };

  it('answers exactly 204 and nothing, and the samples are there', async () => {
    const { status, text } = await monitor.post(WRITE, line('E1', Date.now(), 'rx_bytes_per_sec=5'));
    expect([status, text]).toEqual([204, '']);
    expect(await values('E1', 'rxBytesPerSec')).toEqual([5]);
  });

  it('takes what the official client writes, unmodified', async () => {
    const api = new InfluxDB({ url: monitor.url, token: 'any' }).getWriteApi('o', 'b', 'ms', { maxRetries: 0 });
    const now = Date.now();
    for (let i = 0; i < 100; i++) {
      const point = new Point('port').tag('device', 'leaf1').tag('port', 'Ethernet1/2, x=y');
      api.writePoint(
        point
          .floatField('tx_bytes_per_sec', i + 0.5)
          .floatField('interval_ms', 10)
          .timestamp(now - 1000 + i * 10),
      );
    }
    await api.close();
    expect(await values(encodeURIComponent('Ethernet1/2, x=y'), 'txBytesPerSec')).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 0.5),
    );
  });

  it('keeps good lines and names bad ones', async () => {
    const now = Date.now();
    const body = [
      line('E3', now, 'rx_bytes_per_sec=1'),
      'port,device=leaf1',
      line('E4', now, 'rx_bytes_per_sec=2'),
    ].join('\n');
    const { status, json } = await monitor.post(WRITE, body);
    expect(status).toBe(400);
    expect(json.code).toBe('invalid');
    expect(json.message).toContain('line 2: missing fields');
    expect(await values('E3', 'rxBytesPerSec')).toEqual([1]);
    expect(await values('E4', 'rxBytesPerSec')).toEqual([2]);
  });

  it('remembers what it refused and why, whichever way it came', async () => {
    await monitor.post(WRITE, 'port,device=leaf1');
    await monitor.post('/api/v1/ingest/steps', '[{"job":"x"}]');
    await monitor.post('/api/v1/ingest/jobs', 'neither nor');
    const { json } = await monitor.get('/api/v1/intake');
    expect(json.config).toBeNull();
    const doors = json.refusals.map(({ door }: { door: string }) => door);
    expect(doors.sort()).toEqual(['jobs', 'line protocol', 'steps']);
    for (const { records, lastDetail } of json.refusals) {
      expect(records).toBeGreaterThan(0);
      expect(lastDetail).not.toBe('');
    }
  });

  it.each([
    ['without its interval', 'port,device=d,port=p rx_bytes_per_sec=1', /interval_ms/],
    ['without a port', 'port,device=d interval_ms=1,rx_bytes_per_sec=1', /device and port/],
    ['with a priority that is none', 'port,device=d,port=p,priority=8 interval_ms=1,link_up=1', /priority/],
    ['with text where a number belongs', 'port,device=d,port=p interval_ms=1,link_up="up"', /link_up/],
    ['without a known field', 'port,device=d,port=p interval_ms=1,colour=2', /no field/],
    ['from the future', `port,device=d,port=p interval_ms=1,link_up=1 ${Date.now() + 3_600_000}`, /future/],
    ['from before what is kept', 'port,device=d,port=p interval_ms=1,link_up=1 1000000', /older/],
    ['that is a step which takes no time', `train_step,job=j step=1i,time_ms=0 ${Date.now()}`, /ends before it starts/],
  ])('refuses a point %s', async (_, text, message) => {
    const { status, json } = await monitor.post(WRITE, text);
    expect(status).toBe(400);
    expect(json.message).toMatch(message);
    expect(json.message).toContain('line 1');
  });

  it('takes gzip, refuses what is none, unknown encodings and unknown precisions', async () => {
    const body = line('E5', Date.now(), 'link_up=1');
    const gzip = { 'content-encoding': 'gzip' };
    expect((await monitor.post(WRITE, gzipSync(body), gzip)).status).toBe(204);
    expect((await monitor.post(WRITE, body, gzip)).json.code).toBe('invalid');
    expect((await monitor.post(WRITE, body, { 'content-encoding': 'zstd' })).status).toBe(415);
    expect((await monitor.post('/api/v2/write?precision=d', body)).status).toBe(400);
  });

  it('refuses a body that is too large, also one that only becomes so', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 0x23));
    const { status, json } = await monitor.post(WRITE, bomb, { 'content-encoding': 'gzip' });
    expect([status, json.code]).toEqual([413, 'request too large']);
  });

  it('leaves unknown measurements aside and counts them', async () => {
    expect((await monitor.post(WRITE, 'cpu usage=1\nmem used=2i')).status).toBe(204);
    const { text } = await monitor.get('/metrics');
    expect(text).toContain('stallscope_unknown_points{measurement="cpu"} 1');
  });

  it('speaks Influx v1 and answers pings', async () => {
    const second = Math.floor(Date.now() / 1000);
    const { status } = await monitor.post('/write?db=x&precision=s', line('E6', second, 'link_up=0'));
    expect(status).toBe(204);
    expect(await values('E6', 'linkUp')).toEqual([0]);
    expect((await monitor.post('/query', 'q=CREATE+DATABASE+%22x%22')).json).toEqual({ results: [] });
    expect((await monitor.get('/ping')).status).toBe(204);
    expect((await monitor.get('/health')).json.status).toBe('pass');
  });

  it('reads train_step lines as steps', async () => {
    const end = Date.now();
    const { status } = await monitor.post(
      WRITE,
      `train_step,job=influx,host=h1,rank=0 step=7i,time_ms=1500.5,comm_ms=10 ${end}`,
    );
    expect(status).toBe(204);
  });

  it('stores a batch once however often it is sent', async () => {
    const now = Date.now();
    const body = [2, 1, 0].map((ago) => line('E7', now - ago * 1000, `rx_bytes_per_sec=${ago}`)).join('\n');
    for (let i = 0; i < 3; i++) expect((await monitor.post(WRITE, body)).status).toBe(204);
    expect(await values('E7', 'rxBytesPerSec')).toEqual([2, 1, 0]);
  });
});

describe('tokens', () => {
  let monitor: TestMonitor;
  beforeAll(async () => {
    const config = defaultBaseConfig();
    config.server.tokens = [
      { name: 'collectors', token: 'ingest-token-0123456789', scopes: ['ingest'] },
      { name: 'people', token: 'reader-token-0123456789', scopes: ['read'] },
    ];
    monitor = await testMonitor({ config });
  });
  afterAll(() => monitor.close());

  it('lets only the right token write and read', async () => {
    const body = line('E1', Date.now(), 'link_up=1');
    const none = await monitor.post(WRITE, body);
    expect([none.status, none.json.code]).toEqual([401, 'unauthorized']);
    expect((await monitor.post(WRITE, body, { authorization: 'Token wrong' })).status).toBe(401);
    expect((await monitor.post(WRITE, body, { authorization: 'Token reader-token-0123456789' })).status).toBe(403);
    expect((await monitor.post(WRITE, body, { authorization: 'Token ingest-token-0123456789' })).status).toBe(204);
    expect((await monitor.get('/api/v1/ports')).status).toBe(401);
    expect((await monitor.get('/api/v1/ports', { authorization: 'Bearer reader-token-0123456789' })).status).toBe(200);
    expect((await monitor.get('/healthz')).status).toBe(200);
    expect((await monitor.post('/-/reload', '', { authorization: 'Bearer ingest-token-0123456789' })).status).toBe(403);
  });

  it('shows people a form instead of pages, and lets them in with a cookie', async () => {
    const page = await monitor.get('/');
    expect(page.status).toBe(401);
    expect(page.text).toContain('<form method="post" action="/login">');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await monitor.post('/login', 'token=ingest-token-0123456789', form)).status).toBe(401);
    const response = await fetch(`${monitor.url}/login`, {
      method: 'POST',
      headers: form,
      body: 'token=reader-token-0123456789',
      redirect: 'manual',
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    const signedIn = { cookie: cookie.split(';')[0] ?? '' };
    expect((await monitor.get('/api/v1/ports', signedIn)).status).toBe(200);
    // This monitor has no pages: what is let through is not found, not refused.
    expect((await monitor.get('/', signedIn)).status).toBe(404);
  });

  it('never repeats a token', async () => {
    const { text } = await monitor.post(WRITE, 'x', { authorization: 'Token wrong-token-9876543210' });
    expect(text).not.toContain('wrong-token-9876543210');
  });
});

describe('API', () => {
  let monitor: TestMonitor;
  beforeAll(async () => {
    monitor = await testMonitor();
  });
  afterAll(() => monitor.close());

  it('says that it cannot tell before there is data', async () => {
    const { json } = await monitor.get('/api/v1/overview');
    expect(json.state).toBe('unknown');
    expect(json.sentence).toContain('Cannot tell');
  });

  it('keeps good records and names bad ones, as an array and as NDJSON', async () => {
    const now = Date.now();
    const step = { job: 'llm', step: 1, rank: 0, startMs: now - 2000, endMs: now - 1000 };
    const records = [step, { ...step, step: 2, endMs: now - 3000 }, { ...step, job: '' }, 5];
    const { status, json } = await monitor.post('/api/v1/ingest/steps', JSON.stringify(records));
    expect(status).toBe(202);
    expect(json.accepted).toBe(1);
    expect(json.rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [1, 'invalid'],
      [2, 'invalid'],
      [3, 'invalid'],
    ]);
    expect(json.rejected[0].detail).toContain('ends before it starts');
    const ndjson = `${JSON.stringify({ jobId: 'llm', stepIndex: 3, timestampMs: now, stepTimeMs: 900 })}\n{"job":\n`;
    const second = await monitor.post('/api/v1/ingest/steps', ndjson);
    expect(second.json).toEqual({
      accepted: 1,
      rejected: [{ index: 1, code: 'malformed', detail: 'this is not JSON' }],
    });
    expect((await monitor.post('/api/v1/ingest/steps', 'hello')).status).toBe(400);
  });

  it('honours Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'k1' };
    const body = JSON.stringify([{ job: 'a', hosts: ['h1'] }]);
    const first = await monitor.post('/api/v1/ingest/jobs', body, key);
    const again = await monitor.post('/api/v1/ingest/jobs', body, key);
    expect([first.status, again.text]).toEqual([202, first.text]);
    expect((await monitor.post('/api/v1/ingest/jobs', '[]', key)).status).toBe(422);
  });

  it('builds the topology from what collectors say and places jobs on it', async () => {
    const link = (port: string, host: string) => ({
      a: { device: 'leaf1', port },
      b: { device: host, port: 'mlx5_0' },
      source: 'lldp',
    });
    const events = [
      {
        type: 'links',
        device: 'leaf1',
        devices: [{ device: 'leaf1', role: 'leaf', polled: true }],
        links: [link('E1', 'gpu1'), link('E2', 'gpu2')],
      },
      { type: 'episode', episode: anEpisode({ startMs: Date.now() - 5000, port: 'E1' }) },
      { type: 'nonsense' },
    ];
    const { json } = await monitor.post(
      '/api/v1/ingest/events',
      events.map((event) => JSON.stringify(event)).join('\n'),
    );
    expect([json.accepted, json.rejected.length]).toEqual([2, 1]);
    await monitor.post('/api/v1/ingest/jobs', JSON.stringify([{ job: 'llm', hosts: ['gpu1', 'gpu2'], gpus: 16 }]));
    const topology = (await monitor.get('/api/v1/topology')).json;
    expect(topology.links).toHaveLength(2);
    expect(topology.devices.find(({ device }: { device: string }) => device === 'gpu1').role).toBe('host');
    const job = (await monitor.get('/api/v1/jobs/llm')).json;
    expect(job.ports).toContainEqual({ device: 'leaf1', port: 'E1' });
    expect(job.gpus).toBe(16);
    expect((await monitor.get('/api/v1/episodes?device=leaf1')).json.items).toHaveLength(1);
    const port = (await monitor.get('/api/v1/ports/leaf1/E1')).json;
    expect(port.peer).toEqual({ device: 'gpu1', port: 'mlx5_0' });
    expect(port.jobs).toEqual(['llm']);
  });

  it('answers problems as RFC 9457 with our code and a request id', async () => {
    for (const [path, status, code] of [
      ['/api/v1/nope', 404, 'not_found'],
      ['/api/v1/incidents/nobody', 404, 'not_found'],
      ['/api/v1/jobs/nobody', 404, 'not_found'],
      ['/api/v1/jobs/nobody/steps', 404, 'not_found'],
      ['/api/v1/ports/x/y', 404, 'not_found'],
      ['/api/v1/incidents?from=yesterday', 400, 'bad_parameter'],
      ['/api/v1/incidents?from=now&to=now-1h', 400, 'bad_parameter'],
      ['/api/v1/incidents?limit=0', 400, 'bad_parameter'],
      ['/api/v1/incidents?cursor=%3F%3F', 400, 'malformed'],
      ['/api/v1/series?device=a&port=b&field=nonsense', 400, 'bad_parameter'],
      ['/api/v1/series?port=b&field=linkUp', 400, 'bad_parameter'],
      ['/api/v1/ports/%E0%A4%A/x', 400, 'malformed'],
    ] as const) {
      const { status: got, headers, json } = await monitor.get(path);
      expect([path, got, json.code]).toEqual([path, status, code]);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(json).toMatchObject({ type: expect.any(String), title: expect.any(String), detail: expect.any(String) });
      expect(json.requestId).toBe(headers.get('x-request-id'));
    }
    const { status, headers } = await monitor.post('/api/v1/overview', '');
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('pages through a list without repeating or losing an item', async () => {
    const now = Date.now();
    const body = Array.from({ length: 25 }, (_, i) => line(`P${i}`, now, 'link_up=1')).join('\n');
    await monitor.post(WRITE, body);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { json } = await monitor.get(`/api/v1/ports?device=leaf1&search=P&limit=10${cursor}`);
      seen.push(...json.items.map(({ port }: { port: string }) => port));
      cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  it('answers CSV when asked', async () => {
    const now = Date.now();
    await monitor.post(WRITE, `port,device==evil,port=csv interval_ms=1000,link_up=1 ${now}`);
    const series = await monitor.get('/api/v1/series?device=leaf1&port=P1&field=linkUp', { accept: 'text/csv' });
    expect(series.headers.get('content-type')).toContain('text/csv');
    expect(series.text.split('\r\n')[0]).toBe('timestampMs,device,port,priority,field,unit,value');
    expect(series.text.split('\r\n')[1]).toMatch(/^\d+,leaf1,P1,,linkUp,flag,1$/);
  });

  it('streams what changes', async () => {
    const gone = new AbortController();
    const response = await fetch(`${monitor.url}/api/v1/stream?port=leaf1/S1`, { signal: gone.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await monitor.post(WRITE, line('S1', Date.now(), 'rx_pause_fraction=0.25'));
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('event: port') && text.includes('event: overview')) break;
    }
    gone.abort();
    const data = /event: port\ndata: (.*)\n/.exec(text)?.[1] ?? '';
    expect(JSON.parse(data)).toMatchObject({ device: 'leaf1', port: 'S1', latest: { rxPauseFraction: 0.25 } });
    expect(text).toMatch(/^retry: \d+/);
    expect(text).toMatch(/id: \d+\n/);
  });

  it('does not offer itself to other origins', async () => {
    const { headers } = await monitor.get('/api/v1/overview', { origin: 'https://elsewhere.example' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const body = line('X1', Date.now(), 'link_up=1');
    expect((await monitor.post(WRITE, body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await monitor.post('/-/reload', '', { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  });
});

describe('reload', () => {
  it('takes new tokens and jobs, and keeps the old ones where the configuration is bad', async () => {
    let next = defaultBaseConfig();
    const admin = { authorization: 'Bearer admin-token-0123456789' };
    next.server.tokens = [{ name: 'admin', token: 'admin-token-0123456789', scopes: ['admin', 'read'] }];
    next.jobs = [{ job: 'llm', hosts: ['gpu1'], ranks: [], source: 'config' }];
    const monitor = await testMonitor({
      loadConfig: () => {
        if (next.jobs.length === 0) throw new ConfigError('stallscope.yaml:3:1: jobs: is empty');
        return next;
      },
    });
    try {
      expect((await monitor.post('/-/reload', '')).status).toBe(200);
      expect((await monitor.get('/api/v1/jobs')).status).toBe(401);
      expect((await monitor.get('/api/v1/jobs', admin)).json.items[0].job).toBe('llm');
      next = defaultBaseConfig();
      const bad = await monitor.post('/-/reload', '', admin);
      expect([bad.status, bad.json.detail]).toEqual([422, 'stallscope.yaml:3:1: jobs: is empty']);
      expect((await monitor.get('/api/v1/jobs', admin)).json.items).toHaveLength(1);
      const { config } = (await monitor.get('/api/v1/intake', admin)).json;
      expect(config).toMatchObject({ ok: false, message: 'stallscope.yaml:3:1: jobs: is empty' });
    } finally {
      await monitor.close();
    }
  });
});
