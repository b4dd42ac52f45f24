import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prometheusPlugin } from '../../../collectors/prometheus/index.ts';
import { Standstill } from '../../../collectors/prometheus/standstill.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import type { CollectiveRecord } from '../../../lib/training/collective.ts';
import { collectorContext } from '../../collector-context.ts';
import { NODE_PAGE } from './pages.ts';

let server: http.Server;
let base: string;
let directory: string;
let answer: http.RequestListener;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  answer = (_, response) => response.end(NODE_PAGE);
  server = http.createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

interface Seen {
  frames: ReadingFrame[];
  health: TargetHealth[];
  collectives: CollectiveRecord[];
}
const nothing = (): Seen => ({ frames: [], health: [], collectives: [] });
function source(entry: Record<string, unknown>, seen: Seen = nothing()) {
  const config = prometheusPlugin.configSchema.parse({ name: 'gpu07', collector: 'prometheus', ...entry });
  return prometheusPlugin.create(
    config,
    collectorContext(
      {
        readings: (frame) => seen.frames.push(frame),
        collectives: (records) => seen.collectives.push(...records),
        health: (health) => seen.health.push(health),
      },
      { stateDir: directory },
    ),
  );
}
const probe = (entry: Record<string, unknown> = {}) =>
  source({ url: `${base}/metrics`, ...entry }).probe(new AbortController().signal);
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('an exporter that does not answer as it should', () => {
  const status =
    (code: number): http.RequestListener =>
    (_, response) =>
      response.writeHead(code).end('secret body');
  it.each<[string, http.RequestListener, RegExp]>([
    ['401', status(401), /answers 401: it wants credentials, set auth$/],
    ['404', status(404), /answers 404: is the path/],
    ['302', status(302), /a redirect/],
    ['500', status(500), /answers 500$/],
    ['silence', () => {}, /did not answer within 100 ms$/],
    ['html', (_, r) => r.setHeader('content-type', 'text/html').end('<html></html>'), /no exporter page.*sends html/],
    ['garbage', (_, r) => r.end(Buffer.from([1, 2, 3, 250])), /is no exporter page/],
    [
      'half an answer',
      (_, r) => r.writeHead(200, { 'content-length': 1000 }).write('x', () => r.destroy()),
      /cannot be read/,
    ],
    ['words one by one', (_, r) => void r.writeHead(200).write('node_'), /did not answer within 100 ms$/],
    [
      'too much, as announced',
      (_, r) => void r.writeHead(200, { 'content-length': 9_999_999 }).write('x'),
      /larger than maxBodyBytes \(2048\)/,
    ],
    ['another packing', (_, r) => r.setHeader('content-encoding', 'br').end('x'), /packing nobody asked for/],
    [
      'protobuf',
      (_, r) => r.setHeader('content-type', 'application/vnd.google.protobuf').end(Buffer.from([9, 200, 3])),
      /sends protobuf/,
    ],
    ['too much, endless', (_, r) => void r.write('x'.repeat(5000)), /larger than maxBodyBytes \(2048\)/],
    ['too much', (_, r) => r.end('x'.repeat(5000)), /larger than maxBodyBytes \(2048\)/],
    [
      'a bomb',
      (_, r) => r.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(5000))),
      /larger than maxBodyBytes/,
    ],
    ['no gzip', (_, r) => r.setHeader('content-encoding', 'gzip').end('plain'), /says gzip/],
    ['other pages', (_, r) => r.end('process_cpu_seconds_total 5\n'), /no counter of a port/],
  ])('%s: one clear sentence', async (_, listener, expected) => {
    answer = listener;
    const { ok, message } = await probe({ timeout: '100ms', maxBodyBytes: 2048 });
    expect(ok).toBe(false);
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
    expect(message).not.toContain('secret body');
  });
});

it.each([
  ['/csv/cset/converted_enterprise', /: leave \/csv out of the address$/],
  ['/json/metrics', /: leave \/json out of the address$/],
  ['/csv', /is no sample$/],
])("knows UFM telemetry's other forms: %s", async (path, expected) => {
  answer = (_, response) => response.end('timestamp,source_id,Node_GUID,Port_Number\n1,2,0x3,4\n');
  expect((await probe({ url: base + path })).message).toMatch(expected);
});

it('misses pause on RoCE, not credit waits', async () => {
  const card = (name: string) => `node_infiniband_${name}_total{device="mlx5_0",port="1"} 0\n`;
  answer = (_, response) => response.end(card('port_transmit_wait') + card('np_cnp_packets_sent'));
  expect((await probe()).cannotShow).toContain('rxPauseFraction');
  answer = (_, response) => response.end(card('port_transmit_wait'));
  const infiniband = await probe();
  expect(infiniband.shows).toContain('xmitWaitFraction');
  expect(infiniband.cannotShow).not.toContain('rxPauseFraction');
});

it("takes GUIDs in any spelling for names of UFM's nodes", async () => {
  answer = (_, response) => response.end('PortXmitWaitExtended{node_guid="2c90300f172a0",port_num="1"} 8\n');
  const { message } = await probe({ names: { '0x0002C90300F172A0': 'MF0;leaf-07:MQM9700/U1' } });
  expect(message).toBe('1 samples, 1 ports of leaf-07');
  expect(prometheusPlugin.configSchema.safeParse({ name: 'x', url: base, names: { leaf: 'leaf-07' } }).success).toBe(
    false,
  );
});

it('sends credentials and tells none', async () => {
  answer = (request, response) => {
    const known = ['Bearer t0psecret', `Basic ${Buffer.from('user:t0psecret').toString('base64')}`];
    response.writeHead(known.includes(request.headers.authorization ?? '') ? 200 : 401).end(NODE_PAGE);
  };
  expect(await probe({ auth: { token: 't0psecret' } })).toMatchObject({ ok: true });
  expect(await probe({ auth: { username: 'user', password: 't0psecret' } })).toMatchObject({ ok: true });
  const refused = await probe({ auth: { token: 't0psecret-wrong' } });
  expect(refused.message).toMatch(/answers 401: it does not accept the auth profile$/);
  expect(JSON.stringify(refused)).not.toContain('t0psecret');
});

it('takes no credentials elsewhere: a redirect is told, not followed', async () => {
  const asked: (string | undefined)[] = [];
  answer = (request, response) => {
    asked.push(request.url);
    const elsewhere = `http://localhost:${(server.address() as AddressInfo).port}/other`;
    response.writeHead(request.url === '/metrics' ? 307 : 200, { location: elsewhere }).end(NODE_PAGE);
  };
  const { message } = await probe({ auth: { token: 't0psecret' } });
  expect(message).toMatch(/answers 307, a redirect: write the address it points to$/);
  expect(asked).toEqual(['/metrics']);
});

it('says when the time stamps of a page stand still', () => {
  const standstill = new Standstill();
  const told = (stampMs: number, nowMs: number) => standstill.advance(stampMs, nowMs);
  expect([0, 60_000, 110_000].map((now) => told(5, now))).toEqual([undefined, undefined, undefined]);
  expect(told(5, 120_000)).toBe('the time stamps of the page have not moved for 120 s: the exporter has no new values');
  expect([told(6, 130_000), told(Number.NaN, 140_000), told(Number.NaN, 300_000)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('asks again where the exporter has ended the kept connection meanwhile', async () => {
  const seen = new Set<unknown>();
  let ended = 0;
  answer = (request, response) => {
    if (!seen.has(request.socket)) {
      seen.add(request.socket);
      response.end(NODE_PAGE);
      return;
    }
    ended++;
    request.socket.destroy();
  };
  const found = nothing();
  const stop = new AbortController();
  const running = source({ url: base, interval: '20ms', timeout: '5s' }, found).start(stop.signal);
  await until(() => found.frames.length >= 4);
  stop.abort();
  await running;
  expect(ended).toBeGreaterThanOrEqual(3);
  expect(found.health.at(-1)).toMatchObject({ state: 'ok', failures: 0 });
  // A connection of its own that breaks is a failure.
  answer = (request) => request.socket.destroy();
  expect((await probe()).message).toMatch(/cannot be read: socket hang up$/);
});

it('reads compressed pages', async () => {
  answer = (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(NODE_PAGE));
  expect(await probe()).toMatchObject({ ok: true, ports: 3 });
});

it.each([
  [{}, 'url'],
  [{ url: 'http://a/metrics', address: 'a:1' }, 'one too many'],
  [{ url: 'http://user:pw@a/metrics' }, 'must not hold credentials'],
  [{ url: 'ftp://a' }, 'is not an http'],
  [{ address: 'http://a' }, 'is not host'],
])('refuses %j', (entry, expected) => {
  const result = prometheusPlugin.configSchema.safeParse({ name: 'x', ...entry });
  expect(JSON.stringify(result.error?.issues)).toContain(expected);
});

it('a silent exporter delays no other', async () => {
  const list = join(directory, 'targets.yaml');
  const host = new URL(base).host;
  writeFileSync(
    list,
    `- targets: ["${host}"]\n  labels: {device: slow, __metrics_path__: /slow}\n- targets: ["${host}"]\n  labels: {instance: "gpu08:9100"}\n`,
  );
  answer = (request, response) => {
    if (request.url !== '/slow') response.end(NODE_PAGE);
  };
  const seen = nothing();
  const stop = new AbortController();
  const config = { discover: { files: [list], refresh: '10ms' }, interval: '20ms', timeout: '10s' };
  const running = source(config, seen).start(stop.signal);
  await until(() => seen.frames.length >= 5);
  expect(new Set(seen.frames.map(({ device }) => device))).toEqual(new Set(['gpu08']));
  // A list that cannot be read keeps the last targets, and says so.
  writeFileSync(list, '- targets: 5\n');
  await until(() => seen.health.some(({ target, state }) => target === 'gpu07' && state === 'degraded'));
  expect(seen.health.find(({ state }) => state === 'degraded')?.lastError?.message).toContain(
    'targets.yaml: 0.targets',
  );
  const before = seen.frames.length;
  await until(() => seen.frames.length > before);
  // A target that is gone from the list is read no more.
  writeFileSync(list, '[]');
  await until(() => seen.health.at(-1)?.target === 'gpu07' && seen.health.at(-1)?.state === 'ok');
  stop.abort();
  await running;
});

it('hands on NCCL operations of a page that has no port', async () => {
  answer = (_, response) =>
    response.end(
      'nccl_collective_exec_time_microseconds{slurm_job_id="42",collective="AllReduce",message_size="8-9MB"} 12.5\n',
    );
  const seen = nothing();
  const stop = new AbortController();
  const running = source({ url: base, job: 'llama', interval: '10ms', timeout: '5s' }, seen).start(stop.signal);
  await until(() => (seen.health.at(-1)?.polls ?? 0) >= 3);
  stop.abort();
  await running;
  expect(seen.collectives).toEqual([expect.objectContaining({ job: 'llama', execTimeUs: 12.5 })]);
  expect(seen.health.at(-1)).toMatchObject({ state: 'ok', ports: 0 });
  const { ok, shows, message } = await probe();
  expect([ok, shows]).toEqual([true, ['collectives']]);
  expect(message).toContain('1 means of NCCL operations');
});

it('asks with the parameters of a list, and tells none of its own address', async () => {
  const asked: (string | undefined)[] = [];
  answer = (request, response) => {
    asked.push(request.url);
    const labels = { device: 'leaf1', __param_target: 'leaf1 a&b', __metrics_path__: '/snmp?module=if', rack: 'r1' };
    const targets = [{ targets: [new URL(base).host], labels }];
    response.end(request.url?.startsWith('/sd') ? JSON.stringify(targets) : NODE_PAGE);
  };
  const entry = { discover: { urls: [`${base}/sd?token=t0psecret`] } };
  expect(await source(entry).probe(new AbortController().signal)).toMatchObject({ ok: true, device: 'leaf1' });
  expect(asked).toEqual(['/sd?token=t0psecret', '/snmp?module=if&target=leaf1+a%26b']);
  answer = (_, response) => response.end('{"targets": []}');
  const { message } = await source(entry).probe(new AbortController().signal);
  expect(message).toBe(`${base}/sd: list: Invalid input: expected array, received object`);
});

it('reads lists over HTTP', async () => {
  answer = (request, response) => {
    const targets = [{ targets: [new URL(base).host], labels: { device: 'gpu09' } }];
    response.end(request.url === '/sd' ? JSON.stringify(targets) : NODE_PAGE);
  };
  const found = await source({ discover: { urls: [`${base}/sd`] } }).probe(new AbortController().signal);
  expect(found).toMatchObject({ ok: true, device: 'gpu09' });
});
