import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool } from '../../lib/spool/spool.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INTERVAL_MS = 100;
const NETDEVS = ['eth0', 'eth1', 'eth2', 'eth3'];

let directory: string;
let tree: string;
let log: string;
const children = new Set<ChildProcess>();
let moving: NodeJS.Timeout | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kill-'));
  tree = join(directory, 'sys');
  log = join(directory, 'train.log');
  mkdirSync(join(directory, 'store'));
});
afterEach(async () => {
  clearInterval(moving);
  await Promise.all([...children].map(kill));
  rmSync(directory, { recursive: true, force: true });
});

function run(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function startSink(port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = run(process.execPath, ['tests/system/collector-sink.mjs', String(port), join(directory, 'store')]);
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (part: Buffer) => resolve(part.toString()));
    child.once('exit', () => reject(new Error('the stand-in for the monitor did not start')));
  });
  return { child, port: Number(line) };
}

function startCollector(port: number): ChildProcess {
  const child = run(
    process.execPath,
    ['--import', 'tsx', 'collectors/main.ts', '--config', join(directory, 'stallscope.yaml')],
    {
      STALLSCOPE_DATA: join(directory, 'data'),
      PORT: String(port),
      STALLSCOPE_LOG: 'warn',
    },
  );
  child.stderr?.resume();
  return child;
}

/** Counters that grow by exactly 1000 bytes a tick, so that any sum can be checked. */
function moveCounters(): void {
  let bytes = 0;
  const write = () => {
    bytes += 1000;
    for (const netdev of NETDEVS) {
      const base = join(tree, 'class/net', netdev);
      mkdirSync(join(base, 'statistics'), { recursive: true });
      for (const [file, value] of [
        ['type', 1],
        ['operstate', 'up'],
        ['statistics/tx_bytes', bytes],
        ['statistics/rx_bytes', bytes],
      ]) {
        writeFileSync(join(base, `${file}.next`), `${value}\n`);
        renameSync(join(base, `${file}.next`), join(base, `${file}`));
      }
    }
  };
  write();
  moving = setInterval(write, 20);
}

let step = 0;
function writeStep(): void {
  step++;
  const clock = new Date(Date.now()).toISOString().replace('T', ' ').replace('Z', '');
  appendFileSync(
    log,
    ` [${clock}] iteration ${step}/ 99999 | elapsed time per iteration (ms): 20.0 | lm loss: 2.3 |\n`,
  );
}

interface Row {
  startMs: number;
  endMs: number;
  /** Received in the interval. */
  bytes: number;
}

/** Lines of the stand-in's file that were written whole; a killed stand-in may leave half a line at the join. */
function storedLines(name: string): string[] {
  const path = join(directory, 'store', `${name}.txt`);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

function rowsOf(port: string): Row[] {
  const rows = new Map<string, Row>();
  for (const line of storedLines('samples')) {
    const match = /^port,device=host1,port=(\S+?) rx_bytes_per_sec=([\d.e+]+),.*interval_ms=([\d.]+) (\d{13})$/.exec(
      line,
    );
    if (match?.[1] !== port) continue;
    const endMs = Number(match[4]);
    const intervalMs = Number(match[3]);
    rows.set(line, { endMs, startMs: endMs - intervalMs, bytes: (Number(match[2]) * intervalMs) / 1000 });
  }
  return [...rows.values()].sort((a, b) => a.endMs - b.endMs);
}

const waiting = (): number => {
  const spool = Spool.open({ directory: join(directory, 'data/collector/spool/samples') });
  const { items } = spool.stats();
  spool.close();
  return items;
};

describe('a collector and a monitor that are killed again and again', () => {
  it('loses no spooled sample, no step, and leaves no gap but the restarts', async () => {
    writeFileSync(
      join(directory, 'stallscope.yaml'),
      `targets: [{name: host1, collector: host, interval: ${INTERVAL_MS}ms, root: ${tree}}]\ntraining: [{file: ${log}, job: j, interval: 50ms}]\n`,
    );
    moveCounters();
    const stepping = setInterval(writeStep, 20);
    let sink = await startSink(0);
    const { port } = sink;
    let collector = startCollector(port);
    const lifetimes: { fromMs: number; toMs: number }[] = [];
    let bornMs = Date.now();
    const ready = async () => {
      // What a killed collector left in its spool comes first and tells nothing of the new one.
      const sinceMs = Date.now();
      while (!rowsOf('eth0').some(({ startMs }) => startMs >= sinceMs)) await delay(25);
    };
    await ready();
    for (const round of [0, 1, 2, 3, 4, 5]) {
      await delay(400 + round * 70);
      if (round % 2 === 0) {
        // The monitor dies: the collector goes on into its spool.
        await kill(sink.child);
        await delay(600);
        if (round === 2) {
          await kill(collector);
          lifetimes.push({ fromMs: bornMs, toMs: Date.now() });
          bornMs = Date.now();
          collector = startCollector(port);
          await delay(1500);
        }
        sink = await startSink(port);
      } else {
        await kill(collector);
        lifetimes.push({ fromMs: bornMs, toMs: Date.now() });
        bornMs = Date.now();
        collector = startCollector(port);
      }
      await ready();
    }
    clearInterval(stepping);
    const lastStep = step;
    const stepsOf = () => new Set(storedLines('steps').flatMap((line) => /"step":(\d+),/.exec(line)?.[1] ?? []));
    while (!stepsOf().has(String(lastStep))) await delay(50);
    collector.kill('SIGTERM');
    await new Promise((resolve) => collector.once('exit', resolve));
    lifetimes.push({ fromMs: bornMs, toMs: Date.now() });
    await kill(sink.child);

    // Every step is there, and told again it was told the same.
    const stepLines = new Set(storedLines('steps').filter((line) => line.endsWith('}')));
    const told = [...stepLines].map((line) => (JSON.parse(line) as { step: number }).step).sort((a, b) => a - b);
    expect(told).toEqual(Array.from({ length: lastStep }, (_, index) => index + 1));

    const left = waiting();
    expect(left).toBeLessThanOrEqual(2 * NETDEVS.length);
    for (const netdev of NETDEVS) {
      const rows = rowsOf(netdev);
      expect(new Set(rows.map((row) => row.endMs)).size).toBe(rows.length);
      const gaps = rows.slice(1).flatMap((row, index) => {
        const fromMs = rows[index]?.endMs ?? 0;
        return Math.abs(row.startMs - fromMs) > 2 ? [{ fromMs, toMs: row.startMs }] : [];
      });
      // No interval is counted twice.
      for (const { fromMs, toMs } of gaps) expect(toMs).toBeGreaterThan(fromMs);
      // One gap a restart. Outages of the monitor cost nothing; only a poll that a busy machine held up for about three
      // intervals leaves its interval unknown (reading itself takes part of that time).
      const restarts = lifetimes.slice(1).map(({ fromMs }) => fromMs);
      const atRestart = gaps.filter(({ fromMs, toMs }) =>
        restarts.some((bornMs) => fromMs <= bornMs && bornMs <= toMs),
      );
      expect(atRestart.length).toBe(restarts.length);
      for (const gap of gaps) {
        if (!atRestart.includes(gap)) expect(gap.toMs - gap.fromMs).toBeGreaterThan(2 * INTERVAL_MS);
      }
      // The counters move in steps of 1000 bytes: what an interval carried is a whole number of them.
      for (const { bytes } of rows) expect(Math.abs(bytes - Math.round(bytes / 1000) * 1000)).toBeLessThan(0.01);
      expect(rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(0);
    }
  });
});
