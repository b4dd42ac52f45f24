import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeriesAnswer } from '../../lib/api/types.ts';
import { startVictoria, VICTORIA } from '../contracts/victoria-server.ts';

const PROGRAM = fileURLToPath(new URL('./monitor-process.mts', import.meta.url));
const WITHOUT = VICTORIA === undefined ? ' (skipped: victoria-metrics is not installed)' : '';

describe.skipIf(VICTORIA === undefined)(`a monitor with its samples in VictoriaMetrics${WITHOUT}`, () => {
  let directory: string;
  let database: Awaited<ReturnType<typeof startVictoria>>;
  let monitor: { child: ChildProcess; url: string };
  /** Ends of the intervals that were acknowledged, Unix ms. */
  const acknowledged: number[] = [];

  const startMonitor = async () => {
    const store = JSON.stringify({ kind: 'victoriametrics', url: database.url });
    const child = fork(PROGRAM, [join(directory, 'monitor'), store], { execArgv: ['--import', 'tsx'] });
    const [message] = (await once(child, 'message')) as [{ port: number }];
    return { child, url: `http://127.0.0.1:${message.port}` };
  };
  const write = async (endMs: number) => {
    const body = `port,device=leaf1,port=Ethernet1/7 interval_ms=1000,rx_bytes_per_sec=${endMs % 1000} ${endMs}`;
    const response = await fetch(`${monitor.url}/api/v2/write?precision=ms`, { method: 'POST', body });
    await response.arrayBuffer();
    if (response.status === 204) acknowledged.push(endMs);
    return response;
  };
  /** VictoriaMetrics makes what it has taken searchable after a second. */
  const settle = () => fetch(`${database.url}/internal/force_flush`);
  const stored = async () => {
    const query = 'device=leaf1&port=Ethernet1%2F7&field=rxBytesPerSec&from=now-1h&maxPoints=11000';
    const answer = await fetch(`${monitor.url}/api/v1/series?${query}`);
    const { series } = (await answer.json()) as SeriesAnswer;
    return series[0]?.timestampsMs.filter((_, index) => series[0]?.values[index] !== null) ?? [];
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-remote-'));
    database = await startVictoria(join(directory, 'victoria'));
    monitor = await startMonitor();
  }, 60_000);

  afterAll(async () => {
    monitor?.child.kill('SIGKILL');
    await database?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps them there and gives them back', async () => {
    const base = Date.now() - 60_000;
    for (let second = 0; second < 20; second++) expect((await write(base + second * 1000)).status).toBe(204);
    await settle();
    expect(await stored()).toEqual(acknowledged);
    const line = await (await fetch(`${database.url}/api/v1/export?match[]=port_rx_bytes_per_sec`)).text();
    expect(JSON.parse(line).metric).toMatchObject({ device: 'leaf1', port: 'Ethernet1/7', interval: '1s' });
  });

  it('refuses for a while what the database cannot take, and takes it when it can again', async () => {
    await database.stop();
    const endMs = Date.now() - 30_000;
    const refused = await write(endMs);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    database = { ...(await startVictoria(join(directory, 'victoria'), database.port)) };
    expect((await write(endMs)).status).toBe(204);
    await settle();
    expect(await stored()).toContain(endMs);
  });

  it('shows the newest values again after kill -9', async () => {
    const endMs = Date.now();
    expect((await write(endMs)).status).toBe(204);
    await settle();
    const ended = once(monitor.child, 'exit');
    monitor.child.kill('SIGKILL');
    await ended;
    monitor = await startMonitor();
    const { items } = (await (await fetch(`${monitor.url}/api/v1/ports`)).json()) as { items: { atMs: number }[] };
    expect(items).toMatchObject([{ device: 'leaf1', port: 'Ethernet1/7', atMs: endMs }]);
    expect(await stored()).toEqual(acknowledged.toSorted((a, b) => a - b));
  });

  it('starts without the database, and says so where samples are asked for', async () => {
    await database.kill();
    const ended = once(monitor.child, 'exit');
    monitor.child.kill('SIGKILL');
    await ended;
    monitor = await startMonitor();
    expect((await fetch(`${monitor.url}/healthz`)).status).toBe(200);
    const query = 'device=leaf1&port=Ethernet1%2F7&field=rxBytesPerSec&from=now-1h';
    const answer = await fetch(`${monitor.url}/api/v1/series?${query}`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('VictoriaMetrics'),
    });
  });
});
