import { type FluxTableMetaData, flux, fluxExpression, HttpError, InfluxDB } from '@influxdata/influxdb-client';
import type { Sample } from '../../samples/sample.ts';
import { cancelled } from '../checks.ts';
import { tagOfName } from '../remote-names.ts';
import { askRemote, refused, unreachable } from '../remote-request.ts';
import { INTERVAL_FIELD, RemoteRows } from '../remote-rows.ts';
import { type NewestQuery, type RemoteDatabase, RemoteSampleStore, type RowQuery } from '../remote-store.ts';
import type { SeriesFilter, TimeRange } from '../types.ts';

/** Where InfluxDB 2 is and what may be written and read there. */
export interface InfluxSettings {
  url: string;
  org: string;
  bucket: string;
  /** A secret; needs read and write on the bucket. */
  token: string;
}

/** Times Flux can say, ms. @source InfluxDB 2: years 1677 to 2262 */
const LATEST_MS = Date.UTC(2262, 0, 1);
const READ_TIMEOUT_MS = 30_000;
const TAGS = ['device', 'port', 'priority', 'quality', 'interval'] as const;
const COLUMNS = ['_time', '_field', '_value', ...TAGS];

/** Samples in InfluxDB 2. Queries go through the official client, writes are awaited one by one. */
export function openInfluxStore(settings: InfluxSettings): RemoteSampleStore {
  return new RemoteSampleStore(new InfluxDatabase(settings));
}

class InfluxDatabase implements RemoteDatabase {
  readonly #who: string;
  readonly #client: InfluxDB;
  readonly #writeUrl: URL;

  constructor(private readonly settings: InfluxSettings) {
    const { url, org, bucket, token } = settings;
    this.#who = `InfluxDB at ${new URL(url).host}`;
    this.#client = new InfluxDB({ url, token, timeout: READ_TIMEOUT_MS });
    this.#writeUrl = new URL('api/v2/write', url.endsWith('/') ? url : `${url}/`);
    this.#writeUrl.search = new URLSearchParams({ org, bucket, precision: 'ms' }).toString();
  }

  async write(lines: string): Promise<void> {
    const headers = { authorization: `Token ${this.settings.token}`, 'content-type': 'text/plain; charset=utf-8' };
    await askRemote({ who: this.#who, url: this.#writeUrl, headers, body: lines });
  }

  rows({ startMs, endMs, fields, filter, signal }: RowQuery): Promise<Iterable<Sample>> {
    return this.#samples(this.#from(startMs, endMs, filter, fields), signal);
  }

  newestRows({ filter, sinceMs, signal }: NewestQuery): Promise<Iterable<Sample>> {
    return this.#samples(`${this.#from(sinceMs, LATEST_MS, filter)} |> last()`, signal);
  }

  async firstMs({ startMs, endMs }: TimeRange, signal: AbortSignal | undefined): Promise<number | undefined> {
    const firsts = `${this.#from(startMs, endMs, {}, [])} |> first() |> group() |> sort(columns: ["_time"]) |> limit(n: 1)`;
    let first: number | undefined;
    await this.#read(firsts, signal, (values, meta) => {
      first = Date.parse(textOf(values, meta, '_time') ?? '');
    });
    return first;
  }

  async close(): Promise<void> {}

  #from(startMs: number, endMs: number, filter: SeriesFilter, fields?: readonly string[]): string {
    const { device, port, priority } = filter;
    const tests = [
      'r._measurement == "port"',
      ...(device === undefined ? [] : [flux`r.device == ${tagOfName(device)}`.toString()]),
      ...(port === undefined ? [] : [flux`r.port == ${tagOfName(port)}`.toString()]),
      ...(priority === undefined ? [] : [priority === null ? 'not exists r.priority' : `r.priority == "${priority}"`]),
    ];
    if (fields !== undefined) {
      tests.push(`(${[...fields, INTERVAL_FIELD].map((field) => `r._field == "${field}"`).join(' or ')})`);
    }
    const range = `range(start: ${timeOf(startMs)}, stop: ${timeOf(endMs)})`;
    const bucket = flux`${this.settings.bucket}`.toString();
    return `from(bucket: ${bucket}) |> ${range} |> filter(fn: (r) => ${tests.join(' and ')})`;
  }

  async #samples(query: string, signal: AbortSignal | undefined): Promise<Iterable<Sample>> {
    const rows = new RemoteRows();
    const text = `${query} |> keep(columns: ${JSON.stringify(COLUMNS)})`;
    await this.#read(text, signal, (values, meta) => addValue(rows, values, meta));
    return rows.samples();
  }

  /** Rows arrive as lines of CSV; a query that is cancelled stops at the database as well. */
  #read(query: string, signal: AbortSignal | undefined, next: OnRow): Promise<void> {
    return new Promise((resolve, reject) => {
      let cancel = () => {};
      const stop = () => {
        cancel();
        reject(cancelled());
      };
      const done = (end: () => void) => {
        signal?.removeEventListener('abort', stop);
        end();
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#client.getQueryApi(this.settings.org).queryRows(fluxExpression(query), {
        next,
        error: (error) => done(() => reject(this.#failure(error))),
        complete: () => done(resolve),
        useCancellable: (cancellable) => {
          cancel = () => cancellable.cancel();
        },
      });
    });
  }

  #failure(error: Error): Error {
    if (error instanceof HttpError) return refused(this.#who, error.statusCode, error.message.slice(0, 300));
    return unreachable(this.#who, error);
  }
}

type OnRow = (values: string[], meta: FluxTableMetaData) => void;

function addValue(rows: RemoteRows, values: string[], meta: FluxTableMetaData): void {
  const tags = Object.fromEntries(TAGS.map((tag) => [tag, textOf(values, meta, tag)]));
  const endMs = Date.parse(textOf(values, meta, '_time') ?? '');
  rows.add(tags, textOf(values, meta, '_field') ?? '', endMs, Number(textOf(values, meta, '_value') ?? Number.NaN));
}

/** A column of a row; tables differ in their columns. */
function textOf(values: string[], meta: FluxTableMetaData, label: string): string | undefined {
  const found: unknown = meta.get(values, label);
  return found === undefined || found === null ? undefined : String(found);
}

function timeOf(ms: number): string {
  return new Date(Math.max(0, Math.min(LATEST_MS, ms))).toISOString();
}
