import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostOnlyConfig, parseStallscopeConfig } from '../../collectors/config.ts';
import { type Collector, type CollectorOptions, defaultWriteUrl, startCollector } from '../../collectors/main.ts';
import { PLUGINS } from '../../collectors/registry.ts';
import { collectorEventSchema, stepInputSchema } from '../../lib/api/ingest.ts';
import { ownsKey } from '../../lib/collect/shard.ts';
import type { CollectorEvent } from '../../lib/events/events.ts';
import { silentLogger } from '../../lib/logger.ts';
import { startFakeTarget } from './gnmi/fake-target.ts';
import { roceTree, writeTree } from './host/trees.ts';
import { LanzServer } from './lanz/lanz-server.ts';
import { congestion } from './lanz/records.ts';

let directory: string;
let server: Server;
let url: string;
let requests: { path: string; authorization: string | undefined; lines: string[] }[];
let collector: Collector | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'collector-'));
  requests = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      const lines = Buffer.concat(parts).toString().split('\n').filter(Boolean);
      requests.push({ path, authorization: request.headers.authorization, lines });
      response.writeHead(path.startsWith('/api/v2/write') ? 204 : 202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await collector?.close();
  collector = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

const configOf = (yaml: string) => parseStallscopeConfig(yaml, join(directory, 'stallscope.yaml'), PLUGINS);
const host = (name: string, root = join(directory, 'sys')) =>
  `{name: ${name}, collector: host, interval: 20ms, root: ${root}}`;
async function start(yaml: string, over: Partial<CollectorOptions> = {}): Promise<Collector> {
  collector = await startCollector({
    config: configOf(yaml),
    dataDir: join(directory, 'data'),
    monitorUrl: url,
    token: 'secret-token',
    logger: silentLogger,
    ...over,
  });
  return collector;
}
async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn();
}
const to = (path: string) =>
  requests.filter((request) => request.path.startsWith(path)).flatMap((request) => request.lines);
const events = () => to('/api/v1/ingest/events').map((line) => JSON.parse(line) as CollectorEvent);
const healthOf = (target: string) =>
  events().flatMap((event) => (event.type === 'target' && event.health.target === target ? [event.health] : []));

describe('a collector process', () => {
  it('brings samples, steps, links and health to the monitor, with its token', async () => {
    writeTree(join(directory, 'sys'), roceTree());
    writeFileSync(join(directory, 'log'), [1, 2, 3].map((step) => `train_step step=${step} time_ms=10\n`).join(''));
    const { status } = await start(
      `targets: [${host('gpu07')}]\ntraining: [{file: ${directory}/log, job: j}]\ncollector: {id: c1}`,
    );
    await until(
      () => to('/api/v2/write').length > 0 && to('/api/v1/ingest/steps').length >= 3 && healthOf('gpu07').length > 0,
    );
    expect(to('/api/v2/write')[0]).toMatch(/^port,device=gpu07,port=mlx5_0/);
    expect(requests.find(({ path }) => path.includes('write'))).toMatchObject({
      path: '/api/v2/write?org=stallscope&bucket=stallscope&precision=ms',
      authorization: 'Token secret-token',
    });
    expect(requests.find(({ path }) => path.includes('steps'))?.authorization).toBe('Bearer secret-token');
    expect(to('/api/v1/ingest/steps').map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3]);
    expect(events()).toContainEqual({
      type: 'links',
      device: 'gpu07',
      devices: [{ device: 'gpu07', role: 'host', polled: true }],
      links: [],
    });
    expect(healthOf('gpu07')[0]).toMatchObject({ state: 'ok', collectedBy: 'c1', ports: 1 });
    await until(() => status().channels.steps.writer.sent === 3);
    expect(
      status()
        .targets.map(({ target }) => target)
        .sort(),
    ).toEqual(['gpu07', `${directory}/log`].sort());
  });

  it('has what LANZ tells of a switch in the samples of its counters, and beside them', async () => {
    const counters = await startFakeTarget();
    const lanz = await LanzServer.start();
    try {
      await start(`targets:
  - {name: leaf1, collector: gnmi, address: "${counters.address}", tls: false, interval: 20ms}
  - {name: leaf1-lanz, collector: lanz, address: "${lanz.address}", device: leaf1, interval: 20ms}`);
      const lines = () => to('/api/v2/write').filter((line) => line.startsWith('port,device=leaf1,port=Ethernet1'));
      await until(() => lanz.sockets.size > 0 && lines().length > 0);
      const endMs = Date.now();
      const record = { port: 'Ethernet1', segments: 900, drops: 0 };
      lanz.send(
        congestion({ ...record, atMs: endMs - 20, entry: 1 }),
        congestion({ ...record, atMs: endMs, entry: 3, drops: 4 }),
      );
      const told = () => lines().filter((line) => line.includes('queue_watermark_bytes=432000'));
      const beside = () => told().filter((line) => line.includes(',priority=3,quality=bounded drops_per_sec=200,'));
      await until(() => beside().length > 0 && told().length > beside().length);
      expect(beside()[0]).toContain(',interval_ms=20 ');
      expect(healthOf('leaf1-lanz').at(-1)).toMatchObject({ device: 'leaf1', state: 'ok' });
    } finally {
      await collector?.close();
      await Promise.all([counters.close(), lanz.close()]);
    }
  });

  it('sends nothing the monitor would refuse, however long the texts it met', async () => {
    writeTree(join(directory, 'sys'), roceTree());
    const long = join(directory, 'x'.repeat(200), 'y'.repeat(200));
    mkdirSync(long, { recursive: true });
    writeFileSync(
      join(long, 'log'),
      [1, 2, 3, 4]
        .map((step) => `train_step step=${step} time_ms=10 rank=${step / 2} comm_ms=-1\n${'z'.repeat(5000)}\n`)
        .join(''),
    );
    await start(
      `targets: [${host('gpu07')}, ${host('dead', `/${'n'.repeat(3000)}`)}]\ntraining: [{file: ${long}/log, job: j, format: logfmt}]`,
    );
    await until(
      () =>
        to('/api/v1/ingest/steps').length >= 2 &&
        new Set(events().flatMap((event) => (event.type === 'target' ? event.health.target : []))).size === 3,
    );
    for (const line of to('/api/v1/ingest/events'))
      expect(collectorEventSchema.safeParse(JSON.parse(line)).error).toBeUndefined();
    for (const line of to('/api/v1/ingest/steps'))
      expect(stepInputSchema.safeParse(JSON.parse(line)).error).toBeUndefined();
    expect(to('/api/v1/ingest/steps').map((line) => (JSON.parse(line) as { rank: number }).rank)).toEqual([1, 2]);
  });

  it('is not disturbed by targets that do not work', async () => {
    writeTree(join(directory, 'sys'), roceTree());
    await start(`targets: [${host('dead', '/none')}, ${host('gpu07')}]`);
    await until(() => to('/api/v2/write').length > 3 && healthOf('dead').length > 0);
    expect(healthOf('dead').at(-1)).toMatchObject({ state: 'down' });
    expect(healthOf('dead').at(-1)?.lastError?.message).toContain('/none has no class directory');
  });

  it('takes a new configuration without disturbing what did not change', async () => {
    writeTree(join(directory, 'sys'), roceTree());
    const running = await start(`targets: [${host('a')}, ${host('b')}, ${host('c')}]`);
    await until(() => ['a', 'b', 'c'].every((name) => healthOf(name).length > 0));
    const changes = await running.reload(
      configOf(`targets: [${host('a')}, ${host('b').replace('20ms', '30ms')}, ${host('d')}]`),
    );
    expect(changes).toEqual({ started: ['b', 'd'], stopped: ['b', 'c'], kept: ['a'] });
    await until(() => healthOf('d').length > 0);
    expect(
      running
        .status()
        .targets.map(({ target }) => target)
        .sort(),
    ).toEqual(['a', 'b', 'd']);
  });

  it('takes only its own share of the targets', async () => {
    writeTree(join(directory, 'sys'), roceTree());
    const names = Array.from({ length: 12 }, (_, index) => `host${index}`);
    const yaml = `targets: [${names.map((name) => host(name)).join(', ')}]`;
    const shares: string[][] = [];
    for (const index of [1, 2]) {
      const running = await start(yaml, { shard: { index, count: 2 }, dataDir: join(directory, `data${index}`) });
      const expected = names.filter((name) => ownsKey(name, { index, count: 2 }));
      await until(() => expected.every((name) => running.status().targets.some(({ target }) => target === name)));
      await running.close();
      shares.push(running.status().targets.map(({ target }) => target));
    }
    expect(shares.flat().sort()).toEqual([...names].sort());
    for (const share of shares) expect(share.length).toBeGreaterThan(1);
  });

  it('ends when its signal says so, and leaves what was not sent for the next', async () => {
    writeTree(join(directory, 'sys'), roceTree());
    const stop = new AbortController();
    const first = await start(`targets: [${host('gpu07')}]`, { signal: stop.signal, monitorUrl: 'http://127.0.0.1:1' });
    await until(() => first.status().channels.samples.waiting.items > 0);
    stop.abort();
    await first.done;
    expect(readdirSync(join(directory, 'data/collector/spool/samples')).some((name) => name.endsWith('.seg'))).toBe(
      true,
    );
    await start('targets: []');
    await until(() => to('/api/v2/write').length > 0);
    expect(to('/api/v2/write')[0]).toContain('device=gpu07');
  });

  it('writes to the monitor in ms, and watches this machine without a file', async () => {
    expect(defaultWriteUrl('http://monitor:3000')).toBe(
      'http://monitor:3000/api/v2/write?org=stallscope&bucket=stallscope',
    );
    expect(defaultWriteUrl('https://x/stall/')).toBe('https://x/stall/api/v2/write?org=stallscope&bucket=stallscope');
    expect(hostOnlyConfig('me', PLUGINS).targets).toMatchObject([
      { collector: 'host', name: 'me', config: { root: '/sys', interval: 1000 } },
    ]);
    writeTree(join(directory, 'sys'), roceTree());
    await start(`targets: [${host('gpu07')}]`);
    await until(() => to('/api/v2/write').length > 0);
    expect(requests.find(({ path }) => path.includes('write'))?.path).toBe(
      '/api/v2/write?org=stallscope&bucket=stallscope&precision=ms',
    );
  });
});
