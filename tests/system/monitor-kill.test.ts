import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Episode } from '../../lib/detectors/episode.ts';
import type { Incident } from '../../lib/diagnosis/incident.ts';
import { anEpisode } from '../contracts/documents.ts';

const PROGRAM = fileURLToPath(new URL('./monitor-process.mts', import.meta.url));
const PORTS = 20;

interface Running {
  child: ChildProcess;
  url: string;
}

async function start(directory: string): Promise<Running> {
  const child = fork(PROGRAM, [directory], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${message.port}` };
}

async function kill({ child }: Running, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** One poll of one switch; a storm on the first port when asked. */
function poll(endMs: number, storm: boolean): string {
  return Array.from({ length: PORTS }, (_, port) => {
    const paused = storm && port === 0 ? 0.8 : 0;
    return `port,device=leaf1,port=E${port} interval_ms=100,rx_pause_fraction=${paused},rx_bytes_per_sec=${port + 1} ${endMs}`;
  }).join('\n');
}

async function write(url: string, body: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v2/write?precision=ms`, { method: 'POST', body });
    await response.arrayBuffer();
    return response.status === 204;
  } catch {
    return false;
  }
}

async function get<T>(url: string, path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T;
}

describe('a monitor that is killed', () => {
  let directory: string;
  let running: Running | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-kill-'));
  });
  afterEach(async () => {
    if (running && running.child.exitCode === null && running.child.signalCode === null) await kill(running);
    rmSync(directory, { recursive: true, force: true });
  });

  it('has every acknowledged sample when it comes back, three times over, and no sample twice', async () => {
    const acknowledged = new Set<number>();
    const base = Date.now() - 600_000;
    let next = 0;
    for (let round = 0; round < 3; round++) {
      running = await start(directory);
      const { url } = running;
      const until = Date.now() + 2500;
      const writers = Array.from({ length: 4 }, async () => {
        while (Date.now() < until) {
          const endMs = base + 100 * next++;
          if (await write(url, poll(endMs, false))) acknowledged.add(endMs);
          else return;
        }
      });
      // In the middle of writing.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await kill(running);
      await Promise.all(writers);
    }
    expect(acknowledged.size).toBeGreaterThan(100);
    running = await start(directory);
    // The spool of a collector would send its last batches again.
    const resent = [...acknowledged].slice(-5);
    for (const endMs of resent) expect(await write(running.url, poll(endMs, false))).toBe(true);
    for (const port of ['E0', `E${PORTS - 1}`]) {
      const path = `/api/v1/series?device=leaf1&port=${port}&field=rxBytesPerSec&from=${base - 1}&to=${Date.now()}&maxPoints=11000`;
      const { series } = await get<{ series: { timestampsMs: number[]; values: (number | null)[] }[] }>(
        running.url,
        path,
      );
      const times = series[0]!.timestampsMs.filter((_, i) => series[0]!.values[i] !== null);
      expect(new Set(times).size).toBe(times.length);
      const stored = new Set(times);
      expect([...acknowledged].filter((endMs) => !stored.has(endMs))).toEqual([]);
    }
  });

  it('goes on with an incident under its own id and ends it', async () => {
    running = await start(directory);
    const first = Date.now();
    const episode: Episode = anEpisode({ port: 'E0', startMs: first, severity: 'critical' });
    const tell = async (url: string, told: Episode) => {
      const body = JSON.stringify({ type: 'episode', episode: told });
      const response = await fetch(`${url}/api/v1/ingest/events`, { method: 'POST', body });
      expect(response.status).toBe(202);
    };
    const incidents = async (url: string) => (await get<{ items: Incident[] }>(url, '/api/v1/incidents')).items;
    const storm = async (url: string, polls: number, paused: boolean) => {
      for (let i = 0; i < polls; i++) {
        expect(await write(url, poll(Date.now(), paused))).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await storm(running.url, 5, true);
    await tell(running.url, episode);
    await storm(running.url, 15, true);
    const [before] = await incidents(running.url);
    expect(before).toMatchObject({ rootDevice: 'leaf1', rootPort: 'E0', endMs: null });
    await kill(running);

    running = await start(directory);
    await storm(running.url, 10, true);
    const during = await incidents(running.url);
    expect(during.map(({ id, endMs }) => [id, endMs])).toEqual([[before!.id, null]]);
    await tell(running.url, { ...episode, endMs: Date.now(), endReason: 'recovered' });
    await storm(running.url, 20, false);
    const after = await incidents(running.url);
    expect(after.map(({ id }) => id)).toEqual([before!.id]);
    expect(after[0]!.endMs).not.toBeNull();
  });

  it('stops when asked and finds everything again', async () => {
    running = await start(directory);
    const endMs = Date.now();
    expect(await write(running.url, poll(endMs, false))).toBe(true);
    await kill(running, 'SIGTERM');
    expect(running.child.exitCode).toBe(0);
    running = await start(directory);
    const { items } = await get<{ items: { port: string; atMs: number }[] }>(running.url, '/api/v1/ports');
    expect(items).toHaveLength(PORTS);
    expect(items.every(({ atMs }) => atMs === endMs)).toBe(true);
  });
});
