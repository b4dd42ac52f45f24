import { fieldToSnake } from '../samples/fields.ts';
import type { Sample } from '../samples/sample.ts';
import { blockFromSamples, type SampleBlock } from './block.ts';
import { assertOpen, checkAborted } from './checks.ts';
import { remoteLines } from './remote-lines.ts';
import { aggregate, bySeries, byTime, linesOf, newestOf } from './rows.ts';
import { SeriesDictionary } from './series.ts';
import type {
  RangeQuery,
  SampleStore,
  Series,
  SeriesFilter,
  StoreCapabilities,
  TimeRange,
  TopQuery,
  TopRow,
} from './types.ts';

/** A scan reads this much time at once, ms: a second's rows of a large fabric are tens of thousands. */
const SCAN_MS = 30_000;

/** Which rows a database is asked for: those that ended in the range. */
export interface RowQuery extends TimeRange {
  /** snake_case; left out: all fields. */
  fields?: string[];
  filter: SeriesFilter;
  signal?: AbortSignal | undefined;
}

/** Whose newest rows. */
export interface NewestQuery {
  filter: SeriesFilter;
  sinceMs: number;
  signal?: AbortSignal | undefined;
}

/** What a database of another process has to be able to do; everything else follows from it. */
export interface RemoteDatabase {
  /** Stores line protocol with ms time stamps; resolves when the database has taken it. */
  write(lines: string): Promise<void>;
  rows(query: RowQuery): Promise<Iterable<Sample>>;
  /** At least the newest row of every series that ended at or after `sinceMs`; older ones do no harm. */
  newestRows(query: NewestQuery): Promise<Iterable<Sample>>;
  /** About when the first row of the range ended, never later than it did; undefined where there is none. */
  firstMs(range: TimeRange, signal: AbortSignal | undefined): Promise<number | undefined>;
  close(): Promise<void>;
}

/**
 * Samples in a database of another process, written and read as line protocol has them (remote-lines.ts). The database
 * keeps and deletes by its own settings. A row that is sent again changes nothing.
 */
export class RemoteSampleStore implements SampleStore {
  // A point that is written again with fewer fields keeps the others.
  readonly capabilities: StoreCapabilities = { documents: false, idempotentWrites: false, retention: false };
  readonly dictionary = new SeriesDictionary();
  #open = true;

  constructor(private readonly database: RemoteDatabase) {}

  write(points: readonly Sample[]): Promise<void> {
    return this.#write(() => blockFromSamples(points, this.dictionary));
  }

  writeBlock(block: SampleBlock): Promise<void> {
    return this.#write(() => block);
  }

  async #write(block: () => SampleBlock): Promise<void> {
    assertOpen(this.#open);
    for (const lines of remoteLines(block())) await this.database.write(lines);
  }

  async range(query: RangeQuery): Promise<Series[]> {
    const { startMs, endMs, filter, signal } = query;
    const rows = await this.#rows({ startMs, endMs, filter, fields: query.fields, signal });
    return bySeries(rows).flatMap((series) => linesOf(series, query));
  }

  async latest(query: { filter: SeriesFilter; sinceMs: number; signal?: AbortSignal }): Promise<Sample[]> {
    assertOpen(this.#open);
    checkAborted(query.signal);
    const rows = await this.database.newestRows(query);
    return bySeries(rows).flatMap((series) => newestOf(series, query.sinceMs) ?? []);
  }

  async top(query: TopQuery): Promise<TopRow[]> {
    const { startMs, endMs, filter = {}, field, signal } = query;
    const rows = await this.#rows({ startMs, endMs, filter, fields: [field], signal });
    const ranked = bySeries(rows).flatMap((series) => aggregate(series, query) ?? []);
    return ranked.sort((a, b) => b.value - a.value).slice(0, query.limit);
  }

  async *scan({ startMs, endMs }: TimeRange, signal?: AbortSignal): AsyncIterable<Sample[]> {
    let fromMs: number | undefined = startMs;
    while (fromMs !== undefined && fromMs < endMs) {
      const toMs: number = Math.min(endMs, fromMs + SCAN_MS);
      const rows: Sample[] = [...(await this.#rows({ startMs: fromMs, endMs: toMs, filter: {}, signal }))];
      if (rows.length > 0) yield rows.sort(byTime);
      // Years without a row are passed over at once.
      fromMs = rows.length > 0 ? toMs : await this.database.firstMs({ startMs: toMs, endMs }, signal);
    }
  }

  async close(): Promise<void> {
    if (this.#open) await this.database.close();
    this.#open = false;
  }

  #rows({
    fields,
    signal,
    ...query
  }: Omit<RowQuery, 'fields'> & { fields?: RangeQuery['fields'] }): Promise<Iterable<Sample>> {
    assertOpen(this.#open);
    checkAborted(signal);
    return this.database.rows({
      ...query,
      signal,
      ...(fields === undefined ? {} : { fields: fields.map(fieldToSnake) }),
    });
  }
}
