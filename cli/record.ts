import { createWriteStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Command } from 'commander';
import type { Page, PortRow, SeriesAnswer, StepExplanation, TopologyView } from '../lib/api/types.ts';
import { systemClock } from '../lib/clock.ts';
import { errorMessage, FabricError, UsageError } from '../lib/errors.ts';
import { parseTime } from '../lib/http/params.ts';
import type { JobSummary, StepVerdict } from '../lib/training/step.ts';
import { askMonitor, type ClientOptions, withClientOptions } from './client.ts';
import { tell } from './output.ts';
import { COLUMNS, csvCell, FIELDS, medianIntervalMs, pauseByPriority, rowsOfPort } from './recording-rows.ts';

/** One question for a series: short enough that no point is thinned out, even at 100 ms. */
const CHUNK_MS = 15 * 60_000;
const DEFAULT_PFC_PRIORITY = 3;

interface RecordOptions extends ClientOptions {
  from: string;
  to: string;
}

/** `stallscope record DIR`: a time range of the running monitor as a folder that `replay` reads. */
export function registerRecord(program: Command): void {
  const command = program
    .command('record')
    .description('write a time range of the running monitor to a folder that replay reads')
    .argument('<dir>', 'a folder that does not exist yet, or is empty')
    .option('--from <time>', 'epoch ms, RFC 3339 or now-15m', 'now-15m')
    .option('--to <time>', 'the same', 'now');
  withClientOptions(command).action(async (directory: string, options: RecordOptions) => {
    const range = { fromMs: timeOf('from', options.from), toMs: timeOf('to', options.to) };
    if (range.toMs <= range.fromMs) throw new UsageError('--to must be later than --from');
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw new UsageError(`${directory} is not empty; name a folder that does not exist yet`);
    }
    await new Recorder(resolve(directory), range, options).run();
  });
}

function timeOf(name: 'from' | 'to', text: string): number {
  try {
    return parseTime(`--${name}`, text, systemClock);
  } catch (error) {
    throw new UsageError(errorMessage(error), { cause: error });
  }
}

class Recorder {
  readonly #directory: string;
  readonly #range: { fromMs: number; toMs: number };
  readonly #client: ClientOptions;
  #intervals: number[] = [];
  #rows = 0;

  constructor(directory: string, range: { fromMs: number; toMs: number }, client: ClientOptions) {
    this.#directory = directory;
    this.#range = range;
    this.#client = client;
  }

  async run(): Promise<void> {
    const topology = (await this.#ask('/api/v1/topology')) as TopologyView;
    const ports = await this.#list<PortRow>('/api/v1/ports', {});
    if (ports.length === 0) throw new FabricError('not_found', 'the monitor knows no ports yet; nothing was recorded');
    mkdirSync(this.#directory, { recursive: true });
    const pfcPriority = await this.#pfcPriority(ports);
    const header = `t_ms,device,port,${COLUMNS.map(({ title }) => title).join(',')}\n`;
    await pipeline(
      Readable.from(this.#counterRows(ports, pfcPriority, header)),
      createGzip(),
      createWriteStream(join(this.#directory, 'counters.csv.gz')),
    );
    const steps = await this.#steps();
    writeFileSync(join(this.#directory, 'steps.csv'), steps);
    this.#writeFabric(topology, ports, pfcPriority);
    tell(
      `${this.#rows} rows of ${ports.length} ports and ${steps.split('\n').length - 2} rows of steps: ${this.#directory}`,
    );
  }

  async *#counterRows(ports: readonly PortRow[], pfcPriority: number, header: string): AsyncGenerator<string> {
    yield header;
    for (const { device, port } of ports) {
      const series = await this.#series(device, port, FIELDS);
      const rows = rowsOfPort(device, port, series, pfcPriority, this.#range.fromMs);
      const interval = medianIntervalMs(series[0]?.timestampsMs ?? []);
      if (interval !== null) this.#intervals.push(interval);
      this.#rows += rows.length;
      if (rows.length > 0) yield `${rows.join('\n')}\n`;
    }
  }

  /** The priority with most pause, of all ports. */
  async #pfcPriority(ports: readonly PortRow[]): Promise<number> {
    const total = new Map<number, number>();
    for (const { device, port } of ports) {
      const pauses = pauseByPriority(await this.#series(device, port, ['rxPauseFraction', 'txPauseFraction']));
      for (const [priority, seconds] of pauses) total.set(priority, (total.get(priority) ?? 0) + seconds);
    }
    return [...total].sort((a, b) => b[1] - a[1])[0]?.[0] ?? DEFAULT_PFC_PRIORITY;
  }

  async #series(device: string, port: string, fields: readonly string[]): Promise<SeriesAnswer['series']> {
    const merged = new Map<string, SeriesAnswer['series'][number]>();
    for (let fromMs = this.#range.fromMs; fromMs < this.#range.toMs; fromMs += CHUNK_MS) {
      const toMs = Math.min(fromMs + CHUNK_MS, this.#range.toMs);
      const query = {
        device,
        port,
        field: fields.join(','),
        from: String(fromMs),
        to: String(toMs),
        maxPoints: '11000',
      };
      const answer = (await this.#ask(`/api/v1/series?${new URLSearchParams(query)}`)) as SeriesAnswer;
      for (const part of answer.series) {
        const key = `${part.labels.field} ${part.labels.priority ?? ''}`;
        const known = merged.get(key);
        if (!known) merged.set(key, part);
        else {
          known.timestampsMs.push(...part.timestampsMs);
          known.values.push(...part.values);
        }
      }
    }
    return [...merged.values()];
  }

  /** steps.csv: a row for each rank where ranks report, else one for the whole job. */
  async #steps(): Promise<string> {
    const lines = ['job,step,rank,start_ms,end_ms,compute_end_ms'];
    const { fromMs, toMs } = this.#range;
    for (const { job } of await this.#list<JobSummary>('/api/v1/jobs', {})) {
      const base = `/api/v1/jobs/${encodeURIComponent(job)}/steps`;
      const verdicts = await this.#list<StepVerdict>(base, { from: String(fromMs), to: String(toMs) });
      for (const { step, startMs, endMs } of verdicts.reverse()) {
        if (startMs < fromMs) continue;
        const { ranks } = (await this.#ask(`${base}/${step}/explain`)) as StepExplanation;
        const at = (ms: number) => (ms - fromMs).toFixed(1);
        const cells = `${csvCell(job)},${step}`;
        if (ranks.length === 0) lines.push(`${cells},,${at(startMs)},${at(endMs)},`);
        for (const { rank, durationSeconds, computeSeconds } of ranks) {
          const compute = computeSeconds === undefined ? '' : at(startMs + computeSeconds * 1000);
          lines.push(`${cells},${rank},${at(startMs)},${at(startMs + durationSeconds * 1000)},${compute}`);
        }
      }
    }
    return `${lines.join('\n')}\n`;
  }

  #writeFabric(topology: TopologyView, ports: readonly PortRow[], pfcPriority: number): void {
    this.#intervals.sort((a, b) => a - b);
    const fabric = {
      format: 'stallscope-trace/1',
      name: basename(this.#directory),
      sampleMs: this.#intervals[Math.floor(this.#intervals.length / 2)] ?? 1000,
      durationMs: this.#range.toMs - this.#range.fromMs,
      recordedFromMs: this.#range.fromMs,
      pfcPriority,
      devices: topology.devices.map(({ device, role }) => ({ device, role })),
      ports: ports.map(({ device, port, peer, latest }) => ({
        device,
        port,
        ...(peer === null ? {} : { peerDevice: peer.device, peerPort: peer.port }),
        ...(latest.linkRateBitsPerSec ? { linkRateBitsPerSec: latest.linkRateBitsPerSec } : {}),
      })),
      jobs: topology.jobs.map(({ job, hosts, ranks, warmupSteps, gpus }) => ({ job, hosts, ranks, warmupSteps, gpus })),
    };
    writeFileSync(join(this.#directory, 'fabric.json'), `${JSON.stringify(fabric, null, 1)}\n`);
  }

  #ask(path: string): Promise<unknown> {
    return askMonitor(path, this.#client);
  }

  async #list<T>(path: string, query: Record<string, string>): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const parameters = new URLSearchParams({ ...query, limit: '500', ...(cursor === null ? {} : { cursor }) });
      const page = (await this.#ask(`${path}?${parameters}`)) as Page<T>;
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }
}
