import type { Sample } from '../../samples/sample.ts';
import { blockFromSamples } from '../block.ts';
import { assertOpen, checkAborted, matches } from '../checks.ts';
import { aggregate, byTime, linesOf, newestOf } from '../rows.ts';
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
    return this.#matching(query.filter).flatMap((rows) => linesOf(rows, query));
  }

  async latest(query: { filter: SeriesFilter; sinceMs: number; signal?: AbortSignal }): Promise<Sample[]> {
    assertOpen(this.#open);
    checkAborted(query.signal);
    return this.#matching(query.filter).flatMap((rows) => newestOf(rows, query.sinceMs) ?? []);
  }

  async top(query: TopQuery): Promise<TopRow[]> {
    assertOpen(this.#open);
    checkAborted(query.signal);
    const rows = this.#matching(query.filter ?? {}).flatMap((samples) => aggregate(samples, query) ?? []);
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
        answer.push(list.sort(byTime));
      }
    }
    return answer;
  }
}
