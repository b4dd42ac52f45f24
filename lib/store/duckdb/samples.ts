import { InvariantError } from '../../errors.ts';
import { QUALITIES, SAMPLE_FIELDS } from '../../samples/fields.ts';
import type { Sample } from '../../samples/sample.ts';
import { blockFromSamples, type SampleBlock } from '../block.ts';
import { checkAborted } from '../checks.ts';
import { mergeRows } from '../merge.ts';
import { SeriesDictionary } from '../series.ts';
import { shapeSeries } from '../shape.ts';
import type {
  RangeQuery,
  SampleStore,
  Series,
  SeriesFilter,
  StoreCapabilities,
  TimeRange,
  TopQuery,
  TopRow,
} from '../types.ts';
import type { StoreWorker } from './client.ts';
import { HOUR_MS } from './constants.ts';
import type { WireRows, WireTop } from './protocol.ts';

const ALL_FIELDS = SAMPLE_FIELDS.map((_, index) => index);
/** One step of a scan: short enough that a whole fabric's rows fit in memory. */
const SCAN_WINDOW_MS = 60_000;

/** Samples in hour files of the embedded database. */
export class DuckSampleStore implements SampleStore {
  readonly capabilities: StoreCapabilities = { documents: true, idempotentWrites: true, retention: true };
  /** Fill blocks with this one, so that ids agree with what the worker knows. */
  readonly dictionary = new SeriesDictionary();
  #told = 0;

  constructor(private readonly worker: StoreWorker) {}

  async write(points: readonly Sample[]): Promise<void> {
    if (points.length > 0) await this.writeBlock(blockFromSamples(points, this.dictionary));
  }

  async writeBlock(block: SampleBlock): Promise<void> {
    if (block.length === 0) return;
    if (block.dictionary !== this.dictionary) throw new InvariantError('a block was filled with another dictionary');
    const firstSeries = this.#told;
    const newSeries = this.dictionary.series.slice(firstSeries);
    this.#told = this.dictionary.series.length;
    const { length } = block;
    // Copies of the filled part: the block stays usable by whoever feeds the analysis.
    const series = block.series.slice(0, length);
    const startMs = block.startMs.slice(0, length);
    const endMs = block.endMs.slice(0, length);
    const quality = block.quality.slice(0, length);
    const columns = block.columns.map((column) => column?.slice(0, length));
    const transfer = [series, startMs, endMs, quality, ...columns].flatMap((array) =>
      array ? [array.buffer as ArrayBuffer] : [],
    );
    await this.worker.ask(
      { op: 'write', block: { newSeries, firstSeries, length, series, startMs, endMs, quality, columns } },
      { transfer },
    );
  }

  async range(query: RangeQuery): Promise<Series[]> {
    const fields = query.fields.map((field) => SAMPLE_FIELDS.indexOf(field));
    const { startMs, endMs, filter, signal, maxPoints } = query;
    const rows = await this.worker.ask<WireRows>(
      { op: 'read', query: { startMs, endMs, filter, fields, order: 'series', newestOnly: false } },
      { signal },
    );
    const answer: Series[] = [];
    for (const { from, to } of runs(rows.index)) {
      const ref = rows.series[rows.index[from] ?? 0];
      if (!ref) continue;
      const ends = rows.endMs.subarray(from, to);
      const starts = ends.map((end, i) => end - (rows.intervalMs[from + i] ?? 0));
      query.fields.forEach((field, column) => {
        const values = rows.columns[column]?.subarray(from, to) ?? new Float64Array(0);
        if (values.every(Number.isNaN)) return;
        const { device, port } = ref;
        const priority = ref.priority < 0 ? null : ref.priority;
        answer.push(shapeSeries({ device, port, priority, field, startMs: starts, endMs: ends, values }, maxPoints));
      });
    }
    return answer;
  }

  async latest(query: { filter: SeriesFilter; sinceMs: number; signal?: AbortSignal }): Promise<Sample[]> {
    const rows = await this.worker.ask<WireRows>(
      {
        op: 'read',
        query: {
          startMs: query.sinceMs,
          endMs: Number.MAX_SAFE_INTEGER,
          filter: query.filter,
          fields: ALL_FIELDS,
          order: 'series',
          newestOnly: true,
        },
      },
      { signal: query.signal },
    );
    const samples = toSamples(rows);
    return [...runs(rows.index)].flatMap(({ from, to }) => mergeRows(samples.slice(from, to)) ?? []);
  }

  async top(query: TopQuery): Promise<TopRow[]> {
    const { startMs, endMs, filter = {}, signal } = query;
    const field = SAMPLE_FIELDS.indexOf(query.field);
    const rows = await this.worker.ask<WireTop[]>({ op: 'top', startMs, endMs, filter, field }, { signal });
    return rows
      .map(({ series: { device, port, priority }, max, weighted, weightMs }) => ({
        device,
        port,
        priority: priority < 0 ? null : priority,
        value: query.aggregate === 'max' ? max : weighted / weightMs,
      }))
      .sort((a, b) => b.value - a.value)
      .slice(0, query.limit);
  }

  async *scan(range: TimeRange, signal?: AbortSignal): AsyncIterable<Sample[]> {
    const hours = await this.worker.ask<number[]>({ op: 'hours' }, { signal });
    for (const hour of hours) {
      const begin = Math.max(hour, range.startMs);
      const end = Math.min(hour + HOUR_MS, range.endMs);
      for (let startMs = begin; startMs < end; startMs += SCAN_WINDOW_MS) {
        checkAborted(signal);
        const endMs = Math.min(end, startMs + SCAN_WINDOW_MS);
        const rows = await this.worker.ask<WireRows>(
          { op: 'read', query: { startMs, endMs, filter: {}, fields: ALL_FIELDS, order: 'time', newestOnly: false } },
          { signal },
        );
        if (rows.index.length > 0) yield toSamples(rows);
      }
    }
  }

  /** Drops hour files that ended before this time. */
  async expire(beforeMs: number): Promise<void> {
    await this.worker.ask({ op: 'expire', beforeMs });
  }

  async close(): Promise<void> {
    await this.worker.close();
  }
}

/** Ranges of rows of one series in rows ordered by series. */
function* runs(index: Int32Array): Iterable<{ from: number; to: number }> {
  let from = 0;
  for (let to = 1; to <= index.length; to++) {
    if (to < index.length && index[to] === index[from]) continue;
    yield { from, to };
    from = to;
  }
}

function toSamples(rows: WireRows): Sample[] {
  const samples: Sample[] = [];
  for (let row = 0; row < rows.index.length; row++) {
    const ref = rows.series[rows.index[row] ?? 0];
    if (!ref) continue;
    const endMs = rows.endMs[row] ?? 0;
    const sample: Sample = {
      device: ref.device,
      port: ref.port,
      startMs: endMs - (rows.intervalMs[row] ?? 0),
      endMs,
      quality: QUALITIES[rows.quality[row] ?? 0] ?? 'exact',
      fields: {},
    };
    if (ref.priority >= 0) sample.priority = ref.priority;
    for (let field = 0; field < rows.columns.length; field++) {
      const value = rows.columns[field]?.[row];
      const name = SAMPLE_FIELDS[field];
      if (name !== undefined && value !== undefined && !Number.isNaN(value)) sample.fields[name] = value;
    }
    samples.push(sample);
  }
  return samples;
}
