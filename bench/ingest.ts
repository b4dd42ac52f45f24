import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../lib/clock.ts';
import { defaultBaseConfig } from '../lib/config/base.ts';
import { EventHub } from '../lib/http/event-hub.ts';
import { silentLogger } from '../lib/logger.ts';
import { FrameEncoder } from '../lib/samples/encode.ts';
import { SAMPLE_FIELDS } from '../lib/samples/fields.ts';
import type { SampleFrame } from '../lib/samples/frame.ts';
import { openEmbeddedStore } from '../lib/store/duckdb/index.ts';
import { SeriesDictionary } from '../lib/store/series.ts';
import { createMonitorCore } from '../monitor/core.ts';
import { LineIngest } from '../monitor/ingest/line-ingest.ts';
import { type BenchResult, readOptions } from './benchmark.ts';

/**
 * Line protocol into the monitor: read only; read and made durable; the whole way through analysis. Values (fields) and
 * points (lines) per CPU-second of this process, medians of --runs. Options: --devices 24 --ports 128 --polls 10
 * --runs 3 --batch 1024 (lines a request).
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const options = readOptions(args, { devices: '24', ports: '128', polls: '10', runs: '3', batch: '1024' });
  const devices = Number(options.devices);
  const ports = Number(options.ports);
  const polls = Number(options.polls);
  const startMs = Date.UTC(2026, 10, 22, 12, 1, 0);
  const bodies = bodiesOf({ devices, ports, polls, startMs, batch: Number(options.batch) });
  const lines = devices * ports * polls;
  const values = lines * SAMPLE_FIELDS.length;
  const clock = new ManualClock(startMs + polls * 5000);
  for (const stage of ['read', 'store', 'monitor'] as const) {
    const seconds: number[] = [];
    let wallSeconds = 0;
    for (let round = 0; round < Number(options.runs); round++) {
      const directory = mkdtempSync(join(tmpdir(), 'stallscope-bench-'));
      const { take, close } = await open(stage, directory, clock);
      const before = process.cpuUsage();
      const started = performance.now();
      for (const body of bodies) await take(body);
      const { user, system } = process.cpuUsage(before);
      wallSeconds = (performance.now() - started) / 1000;
      seconds.push((user + system) / 1e6);
      await close();
      rmSync(directory, { recursive: true, force: true });
    }
    const cpuSeconds = median(seconds);
    yield {
      bench: 'ingest',
      stage,
      lines,
      fields: SAMPLE_FIELDS.length,
      bytesPerLine: Math.round(bodies.reduce((sum, body) => sum + body.length, 0) / lines),
      cpuSeconds: round3(cpuSeconds),
      pointsPerCpuSecond: Math.round(lines / cpuSeconds),
      valuesPerCpuSecond: Math.round(values / cpuSeconds),
      wallSeconds: round3(wallSeconds),
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    };
  }
}

interface Door {
  take(body: Buffer): Promise<unknown>;
  close(): Promise<void>;
}

async function open(stage: 'read' | 'store' | 'monitor', directory: string, clock: ManualClock): Promise<Door> {
  const retentionMs = 30 * 86_400_000;
  if (stage === 'read') {
    const ingest = new LineIngest(new SeriesDictionary(), clock, retentionMs);
    return { take: async (body) => ingest.parse(body, 'ms'), close: async () => {} };
  }
  if (stage === 'store') {
    const store = await openEmbeddedStore(directory, { clock });
    const ingest = new LineIngest(store.samples.dictionary, clock, retentionMs);
    const take = (body: Buffer) => store.samples.writeBlock(ingest.parse(body, 'ms').block);
    return { take, close: () => store.close() };
  }
  const core = await createMonitorCore({
    config: defaultBaseConfig(),
    dataDir: directory,
    clock,
    logger: silentLogger,
    hub: new EventHub(),
    onStoreFailure: (error) => {
      throw error;
    },
    alerts: {
      onIncidents: async () => {},
      deliveries: () => [],
      onDelivery: () => () => {},
      sendTest: () => Promise.reject(new Error('the benchmark has no receivers')),
      setReceivers: () => {},
      start: async () => {},
    },
  });
  core.start();
  return { take: (body) => core.ingest.lines(body, 'ms'), close: () => core.close() };
}

/** Requests as a collector sends them: polls of all devices, cut after `batch` lines. */
function bodiesOf(size: { devices: number; ports: number; polls: number; startMs: number; batch: number }): Buffer[] {
  const encoder = new FrameEncoder();
  const bodies: Buffer[] = [];
  let frames: SampleFrame[] = [];
  for (let poll = 0; poll < size.polls; poll++) {
    for (let device = 0; device < size.devices; device++) {
      frames.push(frameOf(`leaf${device}`, size.ports, size.startMs + poll * 5000, poll + device));
      if (frames.length * size.ports >= size.batch) {
        bodies.push(Buffer.from(encoder.encode(frames).bytes));
        frames = [];
      }
    }
  }
  if (frames.length > 0) bodies.push(Buffer.from(encoder.encode(frames).bytes));
  return bodies;
}

const PORT_NAMES = new Map<number, string[]>();

/** A healthy poll: rates of bytes, small fractions, many zeros. */
function frameOf(device: string, ports: number, startMs: number, salt: number): SampleFrame {
  const names = PORT_NAMES.get(ports) ?? Array.from({ length: ports }, (_, port) => `Ethernet1/${port + 1}`);
  PORT_NAMES.set(ports, names);
  return {
    device,
    ports: names,
    startMs: new Float64Array(ports).fill(startMs),
    endMs: new Float64Array(ports).fill(startMs + 5000),
    quality: new Uint8Array(ports),
    columns: SAMPLE_FIELDS.map((field) => ({
      field,
      priority: -1,
      values: Float64Array.from({ length: ports }, (_, port) => healthy(field, port, salt)),
    })),
  };
}

function healthy(field: string, port: number, salt: number): number {
  if (field === 'linkUp') return 1;
  if (field === 'linkRateBitsPerSec') return 4e11;
  if (/Bytes|Packets/.test(field)) return (port * 1_234_567.89 * (salt + 1)) / 5.0003;
  if (/UtilFraction/.test(field)) return ((port + salt) % 500) / 1000.7;
  return field === 'temperatureC' ? 41.5 : 0;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round3 = (value: number) => Math.round(value * 1000) / 1000;
