import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DOUBLE, type DuckDBConnection, DuckDBInstance, INTEGER, UTINYINT } from '@duckdb/node-api';
import { fieldToSnake, SAMPLE_FIELDS } from '../../samples/fields.ts';
import type { CollectiveRecord } from '../../training/collective.ts';
import type { CollectiveSummary, CollectiveSummaryQuery } from '../../training/collective-summary.ts';
import { cancelled } from '../checks.ts';
import type { SeriesRef } from '../series.ts';
import type { SeriesFilter } from '../types.ts';
import { ChunkAppender } from './append.ts';
import type { WireCollectives } from './collective-columns.ts';
import { CollectiveFiles, type CollectiveQuery, readCollectives } from './collective-files.ts';
import { summarizeFiles } from './collective-summary.ts';
import { HOUR_MS } from './constants.ts';
import { openDocumentTables } from './document-tables.ts';
import { DOCUMENT_TABLES } from './documents.ts';
import { HourFile } from './hour-file.ts';
import { hourRows, joined, splitByHour } from './hour-rows.ts';
import type { DocumentRow, ReadQuery, WireBlock, WireRows, WireTop } from './protocol.ts';
import { filterSql, readSql } from './read-sql.ts';
import { RowCollector } from './row-collector.ts';

/** Hour files held open; more are closed, the longest unused first. */
const MAX_ATTACHED = 48;
const FILE_NAME = /^samples-(\d{4}-\d{2}-\d{2}T\d{2})\.duckdb$/;

/** Everything that touches DuckDB, in the one thread that owns it. */
export class DuckEngine {
  readonly #files = new Map<number, HourFile>();
  readonly #hours = new Set<number>();
  readonly #dictionary: SeriesRef[] = [];
  readonly #chunks = new ChunkAppender([INTEGER, DOUBLE, DOUBLE, UTINYINT, ...SAMPLE_FIELDS.map(() => DOUBLE)], 4);
  readonly #collectives: CollectiveFiles;
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
  ) {
    this.#collectives = new CollectiveFiles(directory, writer);
  }

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

  /** Appends collectives durably, whatever number of writers waited. */
  writeCollectives(batches: readonly WireCollectives[], nowMs: number): Promise<void> {
    return this.#exclusive(() => this.#collectives.write(batches, nowMs));
  }

  collectives(request: number, query: CollectiveQuery): Promise<CollectiveRecord[]> {
    return this.#query(request, async (connection) => {
      const files = await this.#exclusive(() => this.#collectives.holding(query));
      return readCollectives(files, connection, query);
    });
  }

  collectiveSummary(request: number, query: CollectiveSummaryQuery): Promise<CollectiveSummary> {
    return this.#query(request, async (connection) => {
      const files = await this.#exclusive(() => this.#collectives.holding(query.range));
      return summarizeFiles(files, connection, query);
    });
  }

  /** See CollectiveFiles; while a query runs, nothing (the next call does). */
  expireCollectives(beforeMs: number, mostBytes: number): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#readers === 0) await this.#collectives.expire(beforeMs, mostBytes);
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
      await this.#collectives.close();
      await this.writer.run('CHECKPOINT documents');
      await this.writer.run('DETACH documents');
      this.writer.closeSync();
      this.instance.closeSync();
    });
  }
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
