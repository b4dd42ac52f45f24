import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkStallscopeConfig } from '../collectors/config.ts';
import { type Collector, startCollector } from '../collectors/main.ts';
import { PLUGINS } from '../collectors/registry.ts';
import type { StallscopeConfig } from '../lib/config/types.ts';
import { silentLogger } from '../lib/logger.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { compile, startAgent } from './peers/build.ts';

const COUNTERS = 60;
const MIB = 1024 * 1024;
/** A sick switch answers this late, ms. */
const LATE_MS = 4000;

/**
 * A whole fabric through a whole collector: SNMP polls of every switch, normaliser, detectors, spool, line protocol to
 * a server that takes everything. Says what one CPU-second does (median of --runs windows of --seconds each), how much
 * memory it takes, and whether any switch was polled late: alone, and then beside --sick switches that answer after
 * 4 s and as many that never answer. net-snmp's C library, which only reads, is the peer.
 * On a machine that others keep busy, `chrt -r 1` in front of the command shows what an own machine would.
 * Options: --devices, --interfaces, --interval (s), --seconds, --runs, --sick.
 */
export async function* run(args: string[]): AsyncIterable<BenchResult> {
  const defaults = { devices: '240', interfaces: '128', interval: '5', seconds: '10', runs: '5', sick: '8' };
  const options = Object.fromEntries(Object.entries(readOptions(args, defaults)).map(([k, v]) => [k, Number(v)]));
  const { devices = 0, interfaces = 0, interval = 0, seconds = 0, runs = 0, sick = 0 } = options;
  const built = compile('snmp-agent');
  if ('missing' in built) {
    yield { bench: 'snmp-fabric', skipped: built.missing };
    return;
  }
  const agent = await startAgent(built.program, devices, interfaces);
  const sink = await startSink([agent.firstPort, sick, sick, LATE_MS, interval * 1000]);
  const dataDir = mkdtempSync(join(tmpdir(), 'stallscope-bench-fabric-'));
  const ports = Array.from({ length: devices }, (_, i) => agent.firstPort + i);
  const collector = await startCollector({
    config: configOf(interval, ports, []),
    dataDir,
    monitorUrl: sink.url,
    logger: silentLogger,
  });
  try {
    // Every switch is discovered and has been polled before anything is counted.
    const isReady = ({ polls, ports }: { polls: number; ports: number }) => polls >= 2 && ports > 0;
    while (collector.status().targets.filter(isReady).length < devices) await delay(500);
    await delay(interval * 1000);
    await sink.seen();
    const alone = await watch(collector, runs, seconds);
    const aloneSeen = await sink.seen();
    await collector.reload(configOf(interval, ports, [...sink.latePorts, ...sink.silentPorts]));
    await delay(interval * 1000);
    await sink.seen();
    const beside = await watch(collector, runs, seconds);
    const besideSeen = await sink.seen();
    const perPoll = interfaces * COUNTERS;
    const rates = alone.windows.map(({ polls, cpuSeconds }) => Math.round((polls * perPoll) / cpuSeconds));
    yield {
      bench: 'snmp-fabric',
      devices,
      interfaces,
      counters: COUNTERS,
      intervalSeconds: interval,
      variablesPerCpuSecond: median(rates),
      runs: rates,
      coreShare: round(median(alone.windows.map(({ cpuSeconds, elapsedSeconds }) => cpuSeconds / elapsedSeconds))),
      rssMiB: Math.round(Math.max(...alone.rssMiB)),
      ...punctuality(aloneSeen),
      bytesPerSecond: Math.round(aloneSeen.bytes / (runs * seconds)),
      failures: alone.failures,
    };
    yield {
      bench: 'snmp-fabric',
      beside: `${sick} switches that answer after ${LATE_MS / 1000} s and ${sick} that never answer`,
      rssMiB: Math.round(Math.max(...beside.rssMiB)),
      ...punctuality(besideSeen),
    };
    yield peer(agent.firstPort, Math.min(devices, 16));
  } finally {
    await collector.close();
    sink.stop();
    agent.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Configuration of healthy switches at `ports`, and of others beside them. */
function configOf(intervalSeconds: number, ports: readonly number[], sick: readonly number[]): StallscopeConfig {
  const target = (name: string, port: number) => ({
    name,
    collector: 'snmp',
    address: `127.0.0.1:${port}`,
    auth: 'bench',
    interval: `${intervalSeconds}s`,
  });
  const targets = [
    ...ports.map((port, i) => target(`leaf${i}`, port)),
    // Patient enough that the late ones are read, slowly.
    ...sick.map((port, i) => ({ ...target(`sick${i}`, port), timeout: '10s' })),
  ];
  const raw = { targets, auths: { bench: { version: '2c', community: 'public' } } };
  const { value, problems } = checkStallscopeConfig(raw, null, PLUGINS);
  if (value === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  return value;
}

interface Watched {
  windows: { polls: number; cpuSeconds: number; elapsedSeconds: number }[];
  rssMiB: number[];
  failures: number;
}

/** Polls made and CPU used in each of some windows; memory all the time. */
async function watch(collector: Collector, runs: number, seconds: number): Promise<Watched> {
  const watched: Watched = { windows: [], rssMiB: [], failures: 0 };
  for (let i = 0; i < runs; i++) {
    const before = polled(collector);
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    while (performance.now() - startedMs < seconds * 1000) {
      await delay(250);
      watched.rssMiB.push(process.memoryUsage.rss() / MIB);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const elapsedSeconds = (performance.now() - startedMs) / 1000;
    watched.windows.push({ polls: polled(collector) - before, cpuSeconds: (user + system) / 1e6, elapsedSeconds });
  }
  watched.failures = collector.status().targets.reduce((sum, { failures }) => sum + failures, 0);
  return watched;
}

function polled(collector: Collector): number {
  return collector.status().targets.reduce((sum, { polls }) => sum + polls, 0);
}

/** How far intervals were off, as shares of the one asked; late is more than 5 %. */
function punctuality({ intervals, late, median, p99, machineLateMs }: Seen): BenchResult {
  return {
    intervals,
    lateIntervals: late,
    intervalErrorMedian: round(median),
    intervalErrorP99: round(p99),
    machineLateMs,
  };
}

interface Seen {
  bytes: number;
  /** Of healthy switches. */
  intervals: number;
  late: number;
  median: number;
  p99: number;
  machineLateMs: number;
}

interface Sink {
  url: string;
  latePorts: number[];
  silentPorts: number[];
  /** What arrived since it was asked last. */
  seen(): Promise<Seen>;
  stop(): void;
}

async function startSink(args: readonly number[]): Promise<Sink> {
  const program = fileURLToPath(new URL('./peers/sink.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server that takes everything does not start')));
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const { port, latePorts, silentPorts } = JSON.parse(line) as Sink & { port: number };
  const url = `http://127.0.0.1:${port}`;
  const seen = async () => (await (await fetch(url)).json()) as Seen;
  return { url, latePorts, silentPorts, seen, stop: () => void child.kill('SIGKILL') };
}

/** net-snmp's C library reads the same agents, and does nothing with what it read. */
function peer(firstPort: number, devices: number): BenchResult {
  const name = 'net-snmp C library, reading only';
  const built = compile('snmp-netsnmp', ['-lnetsnmp']);
  if ('missing' in built) return { bench: 'snmp-fabric', peer: name, skipped: built.missing };
  const rates = Array.from({ length: 5 }, () => {
    const args = [firstPort, devices, 60, 50, 1].map(String);
    const output = execFileSync(built.program, args, { encoding: 'utf8' });
    const { variables, cpuSeconds } = JSON.parse(output) as { variables: number; cpuSeconds: number };
    return Math.round(variables / cpuSeconds);
  });
  return { bench: 'snmp-fabric', peer: name, variablesPerCpuSecond: median(rates), runs: rates };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number) => Number(value.toFixed(4));
