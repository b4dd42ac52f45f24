import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../lib/training/statistics.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { readWithOurs } from './gnmi/client.ts';
import { CollectorUnderLoad } from './gnmi/collector.ts';
import { SHAPES, type ShapeName, UPDATES } from './gnmi/messages.ts';
import { PEER, readWithPeer } from './gnmi/peer.ts';

const PORTS = 64;
/** Messages read before anything is counted: caches fill and code compiles. */
const WARM_UP_MESSAGES = 20_000;

/**
 * Updates per CPU-second (user and system) of a gNMI client, from the connection to numbers by port, against what Node
 * clients usually do with the same messages in the same run; then of a whole collector, which also normalises, detects,
 * encodes and spools. The target is a process of its own and its CPU is not counted. Options: --runs, --seconds (of each
 * run), --shape (how its name begins; "collector" is the last), --devices and --interval (ms) of the collector. Where
 * devices send once a second, what is kept of them has gone cold between two samples, and an update costs more.
 */
export async function* run(args: string[]): AsyncIterable<BenchResult> {
  const options = readOptions(args, { runs: '5', seconds: '1', shape: '', devices: '64', interval: '250' });
  const ms = Number(options.seconds) * 1000;
  yield* clients(options, ms);
  if ('collector'.startsWith(options.shape)) yield* collector(options, ms);
}

async function* clients(options: { runs: string; shape: string }, ms: number): AsyncIterable<BenchResult> {
  for (const shape of Object.keys(SHAPES) as ShapeName[]) {
    if (!shape.startsWith(options.shape)) continue;
    const target = await startTarget('flood', shape, PORTS);
    try {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < Number(options.runs); round++) {
        ours.push(await measureOurs(target.address, shape, ms));
        theirs.push(await measurePeer(target.address, shape, ms));
      }
      yield { bench: 'gnmi', shape, client: 'stallscope', ...figures(ours) };
      yield { bench: 'gnmi', shape, client: PEER, ...figures(theirs), timesFaster: ratio(ours, theirs) };
    } finally {
      target.stop();
    }
  }
}

async function* collector(
  options: { runs: string; devices: string; interval: string },
  ms: number,
): AsyncIterable<BenchResult> {
  const target = await startTarget('paced', options.interval, PORTS);
  try {
    const shape = {
      address: target.address,
      monitorUrl: target.monitorUrl,
      devices: Number(options.devices),
      ports: PORTS,
      intervalMs: Number(options.interval),
    };
    const load = await CollectorUnderLoad.start(shape);
    try {
      const values: number[] = [];
      await load.measure(10_000);
      for (let round = 0; round < Number(options.runs); round++) values.push(await load.measure(Math.max(ms, 4000)));
      yield { bench: 'gnmi', shape: 'collector', ...figures(values), ...load.facts() };
    } finally {
      await load.close();
    }
  } finally {
    target.stop();
  }
}

const updatesOf = (shape: ShapeName): number => SHAPES[shape]('Ethernet1', 0)[0]?.updates ?? UPDATES;

async function measureOurs(address: string, shape: ShapeName, ms: number): Promise<number> {
  const reader = readWithOurs(address, shape.includes('all read'));
  try {
    const messages = await perCpuSecond(() => reader.counted.messages, ms);
    // What was measured must have reached the ports.
    const frame = reader.table.frame('leaf1', 0, Date.now(), 10_000, 0);
    if (frame === null || frame.ports.length !== PORTS) throw new Error(`${shape}: a port is missing`);
    if (frame.counters.some(({ present }) => present.includes(0))) throw new Error(`${shape}: a counter is missing`);
    return messages * updatesOf(shape);
  } finally {
    reader.close();
  }
}

async function measurePeer(address: string, shape: ShapeName, ms: number): Promise<number> {
  const reader = readWithPeer(address);
  try {
    const messages = await perCpuSecond(() => reader.counted.messages, ms);
    if (reader.counted.updates !== reader.counted.messages * updatesOf(shape))
      throw new Error(`${shape}: the peer missed updates`);
    return messages * updatesOf(shape);
  } finally {
    reader.close();
  }
}

/** Messages read per second of this process's CPU. */
async function perCpuSecond(read: () => number, ms: number): Promise<number> {
  while (read() < WARM_UP_MESSAGES) await delay(50);
  const before = read();
  const cpu = process.cpuUsage();
  await delay(ms);
  const used = process.cpuUsage(cpu);
  return ((read() - before) / (used.user + used.system)) * 1e6;
}

export async function startTarget(
  mode: string,
  what: string,
  ports: number,
): Promise<{ address: string; monitorUrl: string; stop(): void }> {
  const script = new URL('./gnmi/target.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, mode, what, String(ports)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the gNMI target of the benchmark has ended')));
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve);
  });
  const [port, monitor] = line.split(' ');
  return {
    address: `127.0.0.1:${port}`,
    monitorUrl: `http://127.0.0.1:${monitor}`,
    stop: () => void child.kill('SIGTERM'),
  };
}

function figures(values: readonly number[]): BenchResult {
  return { updatesPerCpuSecond: Math.round(median(values) ?? Number.NaN), runs: values.map(Math.round) };
}

function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return Number(((median(ours) ?? Number.NaN) / (median(theirs) ?? Number.NaN)).toFixed(1));
}
