import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import { fieldToSnake, SAMPLE_FIELDS } from '../../samples/fields.ts';
import { cancelled } from '../checks.ts';
import type { SeriesRef } from '../series.ts';
import type { SeriesFilter } from '../types.ts';
import { ChunkAppender, type HourRows } from './append.ts';
import { HOUR_MS } from './constants.ts';
import { openDocumentTables } from './document-tables.ts';
import { DOCUMENT_TABLES } from './documents.ts';
import { HourFile } from './hour-file.ts';
import type { DocumentRow, ReadQuery, WireBlock, WireRows, WireTop } from './protocol.ts';

/** Hour files held open; more are closed, the longest unused first. */
const MAX_ATTACHED = 48;
const FILE_NAME = /^samples-(\d{4}-\d{2}-\d{2}T\d{2})\.duckdb$/;

/** Everything that touches DuckDB, in the one thread that owns it. */
export class DuckEngine {
  readonly #files = new Map<number, HourFile>();
  readonly #hours = new Set<number>();
  readonly #dictionary: SeriesRef[] = [];
  readonly #chunks = new ChunkAppender();
  readonly #running = new Map<number, DuckDBConnection>();
  /** Attach, detach and write one at a time; queries run beside them. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Queries that may hold a file; while there are any, none is detached. */
  #readers = 0;
  #idle: (() => void)[] = [];

  private constructor(
    private readonly directory: string,
    private readonly instance: DuckDBInstance,
    private readonly writer: DuckDBConnection,
  ) {}

  static async open(directory: string): Promise<DuckEngine> {
    mkdirSync(directory, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '2',
      memory_limit: '1GB',
      temp_directory: join(directory, 'temp'),
      // Nothing is ever fetched from anywhere.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const engine = new DuckEngine(directory, instance, await instance.connect());
    await openDocumentTables(engine.writer, join(directory, 'documents.duckdb'));
    for (const name of readdirSync(directory)) {
      const match = FILE_NAME.exec(name);
      if (match) engine.#hours.add(Date.parse(`${match[1]}:00:00Z`));
    }
    return engine;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work, work);
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** Writes blocks durably: one commit an hour file, whatever number of writers waited. */
  write(blocks: readonly WireBlock[]): Promise<void> {
    return this.#exclusive(async () => {
      for (const block of blocks) {
        for (let i = 0; i < block.newSeries.length; i++) {
          this.#dictionary[block.firstSeries + i] = block.newSeries[i] as SeriesRef;
        }
      }
      const byHour = new Map<number, { block: WireBlock; rows: number[] }[]>();
      for (const block of blocks) splitByHour(block, byHour);
      for (const [hour, parts] of byHour) await this.#writeHour(hour, parts);
    });
  }

  async #writeHour(hour: number, parts: { block: WireBlock; rows: number[] }[]): Promise<void> {
    const file = await this.#file(hour);
    try {
      const rows = joined(parts.map(({ block, rows: wanted }) => hourRows(block, wanted)));
      await file.write(this.writer, rows, this.#dictionary, this.#chunks);
    } catch (error) {
      // What the file object remembers may be ahead of the file now: forget it and read it again.
      await this.writer.run('ROLLBACK').catch(() => undefined);
      this.#files.delete(hour);
      await file.detach(this.writer).catch(() => undefined);
      throw error;
    }
  }

  async #file(hour: number): Promise<HourFile> {
    const known = this.#files.get(hour);
    if (known) {
      this.#files.delete(hour);
      this.#files.set(hour, known);
      return known;
    }
    await this.#closeOldest();
    const name = new Date(hour).toISOString().slice(0, 13);
    const path = join(this.directory, `samples-${name}.duckdb`);
    const file = await HourFile.attach(this.writer, `h${name.replaceAll(/\D/g, '')}`, path);
    this.#files.set(hour, file);
    this.#hours.add(hour);
    return file;
  }

  async #closeOldest(): Promise<void> {
    if (this.#files.size < MAX_ATTACHED || this.#readers > 0) return;
    for (const [hour, file] of this.#files) {
      if (this.#files.size < MAX_ATTACHED) return;
      this.#files.delete(hour);
      await file.detach(this.writer);
    }
  }

  /** Starts of the hours there are files for, ascending. */
  hours(): number[] {
    return [...this.#hours].sort((a, b) => a - b);
  }

  #hoursIn(startMs: number, endMs: number): number[] {
    return this.hours().filter((hour) => hour < endMs && hour + HOUR_MS > startMs);
  }

  /** Runs a query on a connection of its own that `cancel(request)` can interrupt. */
  async #query<T>(request: number, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#readers++;
    const connection = await this.instance.connect();
    this.#running.set(request, connection);
    try {
      return await work(connection);
    } catch (error) {
      if (!this.#running.has(request)) throw cancelled();
      throw error;
    } finally {
      this.#running.delete(request);
      connection.closeSync();
      this.#readers--;
      if (this.#readers === 0) for (const wake of this.#idle.splice(0)) wake();
    }
  }

  cancel(request: number): void {
    const connection = this.#running.get(request);
    this.#running.delete(request);
    connection?.interrupt();
  }

  async read(request: number, query: ReadQuery): Promise<WireRows> {
    const rows = new RowCollector(query.fields.length);
    await this.#query(request, async (connection) => {
      const hours = this.#hoursIn(query.startMs, query.endMs);
      for (const hour of query.newestOnly ? hours.reverse() : hours) {
        const file = await this.#exclusive(() => this.#file(hour));
        await rows.add(await connection.stream(readSql(file.alias, query)), query.newestOnly);
        if (!this.#running.has(request)) throw cancelled();
      }
    });
    return rows.finish(query.order);
  }

  async top(request: number, query: { startMs: number; endMs: number; filter: SeriesFilter; field: number }) {
    const merged = new Map<string, WireTop>();
    await this.#query(request, async (connection) => {
      const name = fieldToSnake(SAMPLE_FIELDS[query.field] ?? 'rxBytesPerSec');
      for (const hour of this.#hoursIn(query.startMs, query.endMs)) {
        const file = await this.#exclusive(() => this.#file(hour));
        const result = await connection.runAndReadAll(
          `SELECT s.device, s.port, s.priority, t.m, t.w, t.d FROM (SELECT series, max(${name}) m, sum(${name} * interval_ms) w, sum(interval_ms) d FROM ${file.alias}.samples WHERE ${name} IS NOT NULL AND end_ms >= ${query.startMs} AND end_ms < ${query.endMs} GROUP BY series) t JOIN ${file.alias}.series s ON s.id = t.series WHERE ${filterSql(query.filter)}`,
        );
        for (const [device, port, priority, max, weighted, weightMs] of result.getRows()) {
          const series = { device: String(device), port: String(port), priority: Number(priority) };
          mergeTop(merged, { series, max: Number(max), weighted: Number(weighted), weightMs: Number(weightMs) });
        }
      }
    });
    return [...merged.values()];
  }

  /** Deletes whole hour files that ended before this time; while a query runs, nothing (the next call does). */
  expire(beforeMs: number): Promise<void> {
    return this.#exclusive(async () => {
      for (const hour of this.hours()) {
        if (hour + HOUR_MS > beforeMs) return;
        if (this.#readers > 0) return;
        const file = this.#files.get(hour);
        this.#files.delete(hour);
        this.#hours.delete(hour);
        await file?.detach(this.writer);
        const name = `samples-${new Date(hour).toISOString().slice(0, 13)}.duckdb`;
        for (const path of [name, `${name}.wal`]) {
          if (existsSync(join(this.directory, path))) rmSync(join(this.directory, path));
        }
      }
    });
  }

  /** Waits until no query holds a file. */
  #quiet(): Promise<void> {
    return this.#readers === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Inserts or replaces documents, all or none. */
  put(table: string, rows: readonly DocumentRow[]): Promise<void> {
    const spec = DOCUMENT_TABLES.find(({ name }) => name === table);
    if (!spec || rows.length === 0) return Promise.resolve();
    return this.#exclusive(async () => {
      const shape = JSON.stringify([spec.columns]);
      await this.writer.run(
        `INSERT OR REPLACE INTO documents.${table} SELECT ${Object.keys(spec.columns)
          .map((name) => `r.${name}`)
          .join(', ')} FROM (SELECT unnest(from_json($rows::JSON, '${shape}')) AS r)`,
        { rows: JSON.stringify(rows) },
      );
    });
  }

  async select(request: number, sql: string, values: (string | number | null)[]): Promise<DocumentRow[]> {
    return this.#query(request, async (connection) => {
      const result = await connection.runAndReadAll(sql, values);
      return result.getRowObjects().map((row) => {
        const plain: DocumentRow = {};
        for (const [name, value] of Object.entries(row)) {
          plain[name] = typeof value === 'number' || value === null ? value : String(value);
        }
        return plain;
      });
    });
  }

  run(sql: string, values: (string | number | null)[]): Promise<void> {
    return this.#exclusive(async () => {
      await this.writer.run(sql, values);
    });
  }

  async close(): Promise<void> {
    for (const request of [...this.#running.keys()]) this.cancel(request);
    await this.#quiet();
    await this.#exclusive(async () => {
      for (const file of this.#files.values()) await file.detach(this.writer);
      this.#files.clear();
      await this.writer.run('CHECKPOINT documents');
      await this.writer.run('DETACH documents');
      this.writer.closeSync();
      this.instance.closeSync();
    });
  }
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}

function splitByHour(block: WireBlock, byHour: Map<number, { block: WireBlock; rows: number[] }[]>): void {
  const parts = new Map<number, number[]>();
  for (let row = 0; row < block.length; row++) {
    const hour = Math.floor((block.endMs[row] ?? 0) / HOUR_MS) * HOUR_MS;
    const rows = parts.get(hour);
    if (rows) rows.push(row);
    else parts.set(hour, [row]);
  }
  for (const [hour, rows] of parts) {
    const list = byHour.get(hour);
    if (list) list.push({ block, rows });
    else byHour.set(hour, [{ block, rows }]);
  }
}

/** The block's rows of one hour; the usual block lies in one hour and its arrays are used as they are. */
function hourRows(block: WireBlock, rows: readonly number[]): HourRows {
  const length = rows.length;
  const whole = length === block.length;
  const take = <A extends Int32Array | Float64Array | Uint8Array>(values: A, make: (length: number) => A): A => {
    if (whole) return values;
    const into = make(length);
    for (let i = 0; i < length; i++) into[i] = values[rows[i] ?? 0] ?? 0;
    return into;
  };
  const doubles = (values: Float64Array) => take(values, (count) => new Float64Array(count));
  const intervalMs = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const row = rows[i] ?? 0;
    intervalMs[i] = (block.endMs[row] ?? 0) - (block.startMs[row] ?? 0);
  }
  return {
    length,
    series: take(block.series, (count) => new Int32Array(count)),
    endMs: doubles(block.endMs),
    intervalMs,
    quality: take(block.quality, (count) => new Uint8Array(count)),
    columns: block.columns.map((column) => (column ? doubles(column) : undefined)),
  };
}

/** Several writers' rows one after the other. */
function joined(parts: HourRows[]): HourRows {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const join = <A extends Int32Array | Float64Array | Uint8Array>(
    into: A,
    of: (part: HourRows) => A | undefined,
  ): A => {
    let at = 0;
    for (const part of parts) {
      const values = of(part);
      // Arrays may be longer than the rows they hold.
      if (values) into.set(values.subarray(0, part.length), at);
      at += part.length;
    }
    return into;
  };
  return {
    length,
    series: join(new Int32Array(length), (part) => part.series),
    endMs: join(new Float64Array(length), (part) => part.endMs),
    intervalMs: join(new Float64Array(length), (part) => part.intervalMs),
    quality: join(new Uint8Array(length), (part) => part.quality),
    columns: SAMPLE_FIELDS.map((_, field) =>
      parts.some((part) => part.columns[field])
        ? join(new Float64Array(length).fill(Number.NaN), (part) => part.columns[field])
        : undefined,
    ),
  };
}

function filterSql(filter: SeriesFilter): string {
  const terms = ['true'];
  if (filter.device !== undefined) terms.push(`s.device = '${quoted(filter.device)}'`);
  if (filter.port !== undefined) terms.push(`s.port = '${quoted(filter.port)}'`);
  if (filter.priority !== undefined)
    terms.push(`s.priority = ${filter.priority === null ? -1 : Number(filter.priority)}`);
  return terms.join(' AND ');
}

function readSql(alias: string, query: ReadQuery): string {
  const fields = query.fields.map((field) => {
    const name = fieldToSnake(SAMPLE_FIELDS[field] ?? 'rxBytesPerSec');
    return `coalesce(x.${name}, 'NaN'::DOUBLE)`;
  });
  const columns = [
    'x.end_ms',
    'x.interval_ms',
    'x.quality::DOUBLE',
    ...fields,
    'x.series',
    's.device',
    's.port',
    's.priority',
  ];
  const time = `x.end_ms >= ${query.startMs} AND x.end_ms < ${query.endMs}`;
  const ids = `x.series IN (SELECT s.id FROM ${alias}.series s WHERE ${filterSql(query.filter)})`;
  const newest = query.newestOnly ? 'QUALIFY x.end_ms = max(x.end_ms) OVER (PARTITION BY x.series)' : '';
  const order = query.order === 'time' ? 'x.end_ms, x.series' : 'x.series, x.end_ms';
  return `SELECT ${columns.join(', ')} FROM ${alias}.samples x JOIN ${alias}.series s ON s.id = x.series WHERE ${time} AND ${ids} ${newest} ORDER BY ${order}, x.interval_ms`;
}

function mergeTop(merged: Map<string, WireTop>, row: WireTop): void {
  const key = JSON.stringify([row.series.device, row.series.port, row.series.priority]);
  const known = merged.get(key);
  if (!known) merged.set(key, row);
  else {
    known.max = Math.max(known.max, row.max);
    known.weighted += row.weighted;
    known.weightMs += row.weightMs;
  }
}

/** Gathers result chunks of several files into flat arrays. */
class RowCollector {
  readonly #series: SeriesRef[] = [];
  readonly #ids = new Map<string, number>();
  readonly #index: number[] = [];
  readonly #numbers: number[][];

  constructor(private readonly fields: number) {
    this.#numbers = Array.from({ length: fields + 3 }, () => []);
  }

  async add(result: DuckDBResult, firstOnly: boolean): Promise<void> {
    // File ids mean nothing outside their file.
    const known = new Map<number, number>();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) return;
      const count = chunk.rowCount;
      const numbers = this.#numbers.map((_, column) => doubles(chunk.chunk, column, count));
      const ids = chunk.getColumnVector(this.fields + 3);
      for (let row = 0; row < count; row++) {
        const fileId = Number(ids.getItem(row));
        let index = known.get(fileId);
        if (index === undefined) {
          const ref = {
            device: String(chunk.getColumnVector(this.fields + 4).getItem(row)),
            port: String(chunk.getColumnVector(this.fields + 5).getItem(row)),
            priority: Number(chunk.getColumnVector(this.fields + 6).getItem(row)),
          };
          const before = this.#series.length;
          index = this.#indexOf(ref);
          // With newest rows wanted and files read newest first, a series that is there already is done.
          if (firstOnly && index < before) index = -1;
          known.set(fileId, index);
        }
        if (index < 0) continue;
        this.#index.push(index);
        for (let column = 0; column < numbers.length; column++) {
          this.#numbers[column]?.push(numbers[column]?.[row] ?? Number.NaN);
        }
      }
    }
  }

  #indexOf(ref: SeriesRef): number {
    const key = JSON.stringify([ref.device, ref.port, ref.priority]);
    let index = this.#ids.get(key);
    if (index === undefined) {
      index = this.#series.length;
      this.#ids.set(key, index);
      this.#series.push(ref);
    }
    return index;
  }

  finish(order: 'series' | 'time'): WireRows {
    const rows = this.#index.map((_, row) => row);
    // Files are read in time order, so a stable sort by series keeps each series in time order.
    if (order === 'series') rows.sort((a, b) => (this.#index[a] ?? 0) - (this.#index[b] ?? 0));
    const column = (values: number[] | undefined) => Float64Array.from(rows, (row) => values?.[row] ?? Number.NaN);
    const [endMs, intervalMs, quality, ...fields] = this.#numbers;
    return {
      series: this.#series,
      index: Int32Array.from(rows, (row) => this.#index[row] ?? 0),
      endMs: column(endMs),
      intervalMs: column(intervalMs),
      quality: column(quality),
      columns: fields.map(column),
    };
  }
}

/** A column of doubles without nulls, copied out of the chunk. */
function doubles(chunk: Parameters<typeof bindings.data_chunk_get_vector>[0], column: number, count: number) {
  const bytes = bindings.vector_get_data(bindings.data_chunk_get_vector(chunk, column), count * 8);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * 8));
}
