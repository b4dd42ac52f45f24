import type { SampleField } from '../../samples/fields.ts';
import type { Sample } from '../../samples/sample.ts';
import { blockFromSamples } from '../block.ts';
import { assertOpen, checkAborted, matches } from '../checks.ts';
import { mergeRows } from '../merge.ts';
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

/** Rows a scan hands over at once. */
const SCAN_ROWS = 1000;

/** Samples in this process's memory: the reference every other adapter is compared with, and the store of tests. */
export class MemorySampleStore implements SampleStore {
  readonly capabilities: StoreCapabilities = { documents: false, idempotentWrites: true, retention: false };
  /** By series, then by interval; sorted only when read. */
  readonly #series = new Map<string, Map<string, Sample>>();
  #open = true;

  async write(points: readonly Sample[]): Promise<void> {
    assertOpen(this.#open);
    blockFromSamples(points);
    for (const point of points) {
      const key = JSON.stringify([point.device, point.port, point.priority ?? null]);
      let rows = this.#series.get(key);
      if (!rows) {
        rows = new Map();
        this.#series.set(key, rows);
      }
      rows.set(`${point.endMs}/${point.startMs}/${point.quality}`, { ...point, fields: { ...point.fields } });
    }
  }

  async range(query: RangeQuery): Promise<Series[]> {
    assertOpen(this.#open);
    checkAborted(query.signal);
    const answer: Series[] = [];
    for (const rows of this.#matching(query.filter)) {
      const inside = rows.filter((row) => row.endMs >= query.startMs && row.endMs < query.endMs);
      for (const field of query.fields) {
        if (inside.some((row) => row.fields[field] !== undefined))
          answer.push(toSeries(inside, field, query.maxPoints));
      }
    }
    return answer;
  }

  async latest(query: { filter: SeriesFilter; sinceMs: number; signal?: AbortSignal }): Promise<Sample[]> {
    assertOpen(this.#open);
    checkAborted(query.signal);
    return this.#matching(query.filter).flatMap((rows) => {
      const endMs = rows.at(-1)?.endMs ?? 0;
      const newest = mergeRows(rows.filter((row) => row.endMs === endMs));
      return newest && endMs >= query.sinceMs ? [newest] : [];
    });
  }

  async top(query: TopQuery): Promise<TopRow[]> {
    assertOpen(this.#open);
    checkAborted(query.signal);
    const rows: TopRow[] = [];
    for (const samples of this.#matching(query.filter ?? {})) {
      const row = aggregate(samples, query);
      if (row) rows.push(row);
    }
    return rows.sort((a, b) => b.value - a.value).slice(0, query.limit);
  }

  async *scan(range: TimeRange, signal?: AbortSignal): AsyncIterable<Sample[]> {
    assertOpen(this.#open);
    const all = this.#matching({})
      .flat()
      .filter((row) => row.endMs >= range.startMs && row.endMs < range.endMs)
      .sort((a, b) => a.endMs - b.endMs);
    for (let from = 0; from < all.length; from += SCAN_ROWS) {
      checkAborted(signal);
      yield all.slice(from, from + SCAN_ROWS);
    }
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#series.clear();
  }

  /** Rows of every matching series, each in time order. */
  #matching(filter: SeriesFilter): Sample[][] {
    const answer: Sample[][] = [];
    for (const rows of this.#series.values()) {
      const list = [...rows.values()];
      const first = list[0];
      if (first && matches(filter, first)) {
        answer.push(list.sort((a, b) => a.endMs - b.endMs || b.startMs - a.startMs));
      }
    }
    return answer;
  }
}

function toSeries(rows: Sample[], field: SampleField, maxPoints: number | undefined): Series {
  const first = rows[0] as Sample;
  return shapeSeries(
    {
      device: first.device,
      port: first.port,
      priority: first.priority ?? null,
      field,
      startMs: rows.map((row) => row.startMs),
      endMs: rows.map((row) => row.endMs),
      values: rows.map((row) => row.fields[field] ?? Number.NaN),
    },
    maxPoints,
  );
}

function aggregate(samples: Sample[], query: TopQuery): TopRow | undefined {
  let weight = 0;
  let sum = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (const sample of samples) {
    const value = sample.fields[query.field];
    if (value === undefined || sample.endMs < query.startMs || sample.endMs >= query.endMs) continue;
    const lengthMs = sample.endMs - sample.startMs;
    weight += lengthMs;
    sum += value * lengthMs;
    max = Math.max(max, value);
  }
  const first = samples[0];
  if (weight === 0 || !first) return undefined;
  const value = query.aggregate === 'max' ? max : sum / weight;
  return { device: first.device, port: first.port, priority: first.priority ?? null, value };
}
