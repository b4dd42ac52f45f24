import { z } from 'zod';
import { type Clock, systemClock } from '../../clock.ts';
import { StoreError } from '../../errors.ts';
import { fieldToSnake, SAMPLE_FIELDS } from '../../samples/fields.ts';
import type { Sample } from '../../samples/sample.ts';
import { nameOfTag, tagOfName } from '../remote-names.ts';
import { askRemote } from '../remote-request.ts';
import { INTERVAL_FIELD, RemoteRows } from '../remote-rows.ts';
import { type NewestQuery, type RemoteDatabase, RemoteSampleStore, type RowQuery } from '../remote-store.ts';
import type { SeriesFilter, TimeRange } from '../types.ts';

/** Where VictoriaMetrics is. */
export interface VictoriaSettings {
  url: string;
  /** Bearer token; a secret. */
  token?: string | undefined;
}

/** How far ahead of our clock a sample may have ended, ms: a little more than ingest lets through. */
const AHEAD_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const ALL_FIELDS = SAMPLE_FIELDS.map(fieldToSnake);

/** One line of an export: a metric with its values. Stale markers and gaps come as null or text. */
const exportLine = z.object({
  metric: z.record(z.string(), z.string()),
  values: z.array(z.union([z.number(), z.null(), z.string()])),
  timestamps: z.array(z.number()),
});

/** The answer to an instant query. */
const instantAnswer = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

/**
 * Samples in VictoriaMetrics (single node, or vmselect and vminsert behind one address). It names metrics
 * `port_<field>`; what it has taken is searchable after about a second and on disk after about five.
 */
export function openVictoriaStore(settings: VictoriaSettings, clock: Clock = systemClock): RemoteSampleStore {
  return new RemoteSampleStore(new VictoriaDatabase(settings, clock));
}

class VictoriaDatabase implements RemoteDatabase {
  readonly #who: string;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(
    { url, token }: VictoriaSettings,
    private readonly clock: Clock,
  ) {
    this.#who = `VictoriaMetrics at ${new URL(url).host}`;
    this.#base = url.endsWith('/') ? url : `${url}/`;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async write(lines: string): Promise<void> {
    await askRemote({
      who: this.#who,
      url: this.#url('api/v2/write', { precision: 'ms' }),
      headers: this.#headers,
      body: lines,
    });
  }

  async rows({ startMs, endMs, fields, filter, signal }: RowQuery): Promise<Iterable<Sample>> {
    const rows = new RemoteRows();
    const [fromMs, toMs] = [Math.max(0, startMs), Math.min(this.#latestMs(), endMs)];
    if (toMs <= fromMs) return [];
    const url = this.#url('api/v1/export', {
      'match[]': selector(filter, fields ?? ALL_FIELDS),
      start: String(fromMs / 1000),
      end: String(toMs / 1000),
    });
    const response = await askRemote({ who: this.#who, url, headers: this.#headers, signal });
    for await (const line of linesOf(response)) {
      const { metric, values, timestamps } = this.#read(exportLine, line);
      const field = fieldOf(metric);
      timestamps.forEach((endedMs, index) => {
        const value = values[index];
        if (endedMs >= startMs && endedMs < endMs && typeof value === 'number') rows.add(metric, field, endedMs, value);
      });
    }
    return rows.samples();
  }

  /** Device by device, so that an answer of a large fabric stays small. */
  async newestRows({ filter, sinceMs, signal }: NewestQuery): Promise<Iterable<Sample>> {
    const rows = new RemoteRows();
    const seconds = this.#secondsSince(sinceMs);
    const devices = filter.device === undefined ? await this.#devices(sinceMs, signal) : [filter.device];
    for (const device of devices) {
      const selected = `${selector({ ...filter, device }, ALL_FIELDS)}[${seconds}s]`;
      const [values, times] = await Promise.all([
        this.#instant(`last_over_time(${selected})`, signal),
        this.#instant(`tlast_over_time(${selected}) keep_metric_names`, signal),
      ]);
      const endOf = new Map(times.map(({ metric, value }) => [keyOf(metric), Math.round(Number(value[1]) * 1000)]));
      for (const { metric, value } of values) {
        const endMs = endOf.get(keyOf(metric));
        if (endMs !== undefined) rows.add(metric, fieldOf(metric), endMs, Number(value[1]));
      }
    }
    return rows.samples();
  }

  async firstMs({ startMs, endMs }: TimeRange, signal: AbortSignal | undefined): Promise<number | undefined> {
    const toMs = Math.min(endMs, this.#latestMs());
    const seconds = Math.ceil((toMs - Math.max(DAY_MS, startMs)) / 1000);
    if (seconds <= 0) return undefined;
    const query = `min(tfirst_over_time(port_${INTERVAL_FIELD}[${seconds}s]))`;
    const [first] = await this.#instant(query, signal, toMs);
    return first === undefined ? undefined : Math.max(startMs, Math.floor(Number(first.value[1]) * 1000));
  }

  async close(): Promise<void> {}

  async #devices(sinceMs: number, signal: AbortSignal | undefined): Promise<string[]> {
    const seconds = this.#secondsSince(sinceMs);
    const counted = await this.#instant(
      `count(last_over_time(port_${INTERVAL_FIELD}[${seconds}s])) by (device)`,
      signal,
    );
    return counted.flatMap(({ metric }) => (metric.device === undefined ? [] : nameOfTag(metric.device)));
  }

  async #instant(query: string, signal: AbortSignal | undefined, atMs = this.#latestMs()) {
    const url = this.#url('api/v1/query', { query, time: String(atMs / 1000), nocache: '1' });
    const response = await askRemote({ who: this.#who, url, headers: this.#headers, signal });
    return this.#read(instantAnswer, await response.text()).data.result;
  }

  #latestMs(): number {
    return this.clock.now() + AHEAD_MS;
  }

  #secondsSince(sinceMs: number): number {
    // A window that reaches back before 1970 finds nothing at all.
    return Math.max(1, Math.ceil((this.#latestMs() - Math.max(DAY_MS, sinceMs)) / 1000));
  }

  #url(path: string, query: Record<string, string>): URL {
    const url = new URL(path, this.#base);
    url.search = new URLSearchParams(query).toString();
    return url;
  }

  #read<T>(schema: z.ZodType<T>, text: string): T {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      throw new StoreError('store', `${this.#who} answers what cannot be read: ${JSON.stringify(text.slice(0, 100))}`);
    }
  }
}

/** A selector of metrics. An empty label is a label that is not there. */
function selector({ device, port, priority }: SeriesFilter, fields: readonly string[]): string {
  const matchers = [`__name__=~"port_(${[...fields, INTERVAL_FIELD].join('|')})"`];
  if (device !== undefined) matchers.push(`device=${JSON.stringify(tagOfName(device))}`);
  if (port !== undefined) matchers.push(`port=${JSON.stringify(tagOfName(port))}`);
  if (priority !== undefined) matchers.push(`priority="${priority ?? ''}"`);
  return `{${matchers.join(',')}}`;
}

function fieldOf(metric: Readonly<Record<string, string>>): string {
  return (metric.__name__ ?? '').replace(/^port_/, '');
}

function keyOf({ __name__, device, port, priority, quality, interval }: Readonly<Record<string, string>>): string {
  return JSON.stringify([__name__, device, port, priority, quality, interval]);
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  let rest = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
