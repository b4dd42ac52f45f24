import { statSync } from 'node:fs';
import { DOUBLE, type DuckDBAppender, type DuckDBConnection, INTEGER } from '@duckdb/node-api';
import type { CollectiveRecord } from '../../training/collective.ts';
import { ChunkAppender } from './append.ts';
import { attachFile } from './attach-file.ts';
import { fromRow, NUMBER_COLUMNS, TEXT_COLUMNS, type WireCollectives } from './collective-columns.ts';

const COLUMNS = [...TEXT_COLUMNS, ...NUMBER_COLUMNS];
/** What a summary looks at. */
const SUMMED_TEXTS = ['commId', 'collectiveKind', 'host', 'gpu', 'timingSource'] as const;
const SUMMED_NUMBERS = [
  ...(['collectiveSeq', 'rank', 'peer', 'execTimeUs', 'messageBytes', 'timestampMs', 'endUs'] as const),
];

/** Every file has the same columns: one chunk serves all. */
const chunks = new ChunkAppender(
  [...TEXT_COLUMNS.map(() => INTEGER), ...NUMBER_COLUMNS.map(() => DOUBLE), DOUBLE],
  TEXT_COLUMNS.length,
);

/** A row that was read, with what orders it. */
export interface CollectiveRow {
  values: (string | number | null)[];
  /** Larger: written later. */
  written: number;
}

/**
 * The collectives that arrived in one hour, in a database file of their own: rows are appended as they come, thousands a
 * second, and a record that comes again is a row again. Who reads takes the later one.
 */
export class CollectiveFile {
  readonly #names = new Map<string, number>();
  readonly #nameOf: string[] = [];
  #appender: DuckDBAppender | undefined;
  #nameAppender: DuckDBAppender | undefined;
  /** When its operations ended, Unix ms. */
  firstMs = Number.POSITIVE_INFINITY;
  lastMs = Number.NEGATIVE_INFINITY;

  private constructor(
    readonly alias: string,
    readonly path: string,
  ) {}

  static async attach(connection: DuckDBConnection, alias: string, path: string): Promise<CollectiveFile> {
    return attachFile(connection, alias, path, () => CollectiveFile.#open(connection, alias, path));
  }

  static async #open(connection: DuckDBConnection, alias: string, path: string): Promise<CollectiveFile> {
    const types = [
      ...TEXT_COLUMNS.map((name) => `"${name}" INTEGER`),
      ...NUMBER_COLUMNS.map((name) => `"${name}" DOUBLE`),
    ];
    await connection.run(`CREATE TABLE IF NOT EXISTS ${alias}.names (id INTEGER, name VARCHAR)`);
    await connection.run(`CREATE TABLE IF NOT EXISTS ${alias}.operations (${types.join(', ')}, end_ms DOUBLE)`);
    const file = new CollectiveFile(alias, path);
    const names = await connection.runAndReadAll(`SELECT id, name FROM ${alias}.names ORDER BY id`);
    for (const [id, name] of names.getRows()) file.#know(String(name), Number(id));
    const [span] = (
      await connection.runAndReadAll(`SELECT min(end_ms), max(end_ms) FROM ${alias}.operations`)
    ).getRows();
    if (typeof span?.[0] === 'number') file.#reach(Number(span[0]), Number(span[1]));
    return file;
  }

  #know(name: string, id: number): void {
    this.#names.set(name, id);
    this.#nameOf[id] = name;
  }

  #reach(firstMs: number, lastMs: number): void {
    this.firstMs = Math.min(this.firstMs, firstMs);
    this.lastMs = Math.max(this.lastMs, lastMs);
  }

  /** Bytes on disk, its log with it. */
  get bytes(): number {
    return [this.path, `${this.path}.wal`].reduce(
      (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  /** Writes batches durably, in one commit. */
  async write(connection: DuckDBConnection, batches: readonly WireCollectives[]): Promise<void> {
    for (const batch of batches) await this.#name(connection, batch);
    this.#nameAppender?.flushSync();
    this.#appender ??= await connection.createAppender('operations', 'main', this.alias);
    for (const { length, texts, numbers, endMs } of batches) {
      chunks.append(this.#appender, length, [...texts, ...numbers, endMs]);
      for (const at of endMs) this.#reach(at, at);
    }
    this.#appender.flushSync();
  }

  /** Turns the numbers of names in a batch into this file's, in place. */
  async #name(connection: DuckDBConnection, { names, texts }: WireCollectives): Promise<void> {
    const ids = new Int32Array(names.length);
    for (const [index, name] of names.entries()) {
      let id = this.#names.get(name);
      if (id === undefined) {
        id = this.#names.size;
        this.#know(name, id);
        this.#nameAppender ??= await connection.createAppender('names', 'main', this.alias);
        this.#nameAppender.appendInteger(id);
        this.#nameAppender.appendVarchar(name);
        this.#nameAppender.endRow();
      }
      ids[index] = id;
    }
    for (const column of texts) {
      for (let row = 0; row < column.length; row++) {
        const index = column[row] ?? -1;
        if (index >= 0) column[row] = ids[index] ?? -1;
      }
    }
  }

  /** Rows of a job whose operations ended in [startMs, endMs), newest first; of rows that ended together the later written. */
  async read(
    connection: DuckDBConnection,
    query: { job: string; startMs: number; endMs: number; limit: number },
  ): Promise<CollectiveRow[]> {
    const job = this.#names.get(query.job);
    if (job === undefined) return [];
    const columns = COLUMNS.map((name) => `"${name}"`).join(', ');
    const result = await connection.runAndReadAll(
      `SELECT ${columns}, rowid FROM ${this.alias}.operations WHERE "job" = ${job} AND end_ms >= ? AND end_ms < ? ORDER BY end_ms DESC, "collectiveSeq" DESC, "rank", rowid DESC LIMIT ${Math.floor(query.limit)}`,
      [query.startMs, query.endMs],
    );
    return result.getRows().map((row) => ({ written: Number(row.at(-1)), values: this.#named(row) }));
  }

  /**
   * SQL of the rows of a job whose operations ran within a range (their own times are known), of what tells records apart
   * and what sums need: names in words, `row` for `rows`. Undefined where the file knows no such job.
   */
  selectWithin({ job, startMs, endMs }: { job: string; startMs: number; endMs: number }): string | undefined {
    const id = this.#names.get(job);
    if (id === undefined || !Number.isFinite(startMs) || !Number.isFinite(endMs)) return undefined;
    const joins = SUMMED_TEXTS.map(
      (name) => `LEFT JOIN ${this.alias}.names "n_${name}" ON "n_${name}".id = o."${name}"`,
    );
    return (
      `SELECT ${SUMMED_TEXTS.map((name) => `"n_${name}".name AS "${name}"`).join(', ')}, ` +
      `${SUMMED_NUMBERS.map((name) => `o."${name}"`).join(', ')}, o.rowid AS row ` +
      `FROM ${this.alias}.operations o ${joins.join(' ')} WHERE o."job" = ${id} ` +
      `AND o.end_ms >= ${startMs} AND o.end_ms < ${endMs} AND o."endUs" IS NOT NULL ` +
      `AND coalesce(o."startUs", 0) >= ${startMs * 1000}`
    );
  }

  /** The record of a row. */
  async record(connection: DuckDBConnection, row: number): Promise<CollectiveRecord | undefined> {
    const columns = COLUMNS.map((name) => `"${name}"`).join(', ');
    const result = await connection.runAndReadAll(
      `SELECT ${columns} FROM ${this.alias}.operations WHERE rowid = ${Math.floor(row)}`,
    );
    const [values] = result.getRows();
    return values && fromRow(this.#named(values));
  }

  /** The values of a row, names in words. */
  #named(row: readonly unknown[]): (string | number | null)[] {
    return COLUMNS.map((_, column) => {
      const value = row[column];
      if (typeof value !== 'number') return null;
      return column < TEXT_COLUMNS.length ? (this.#nameOf[value] ?? null) : value;
    });
  }

  async dropBefore(connection: DuckDBConnection, beforeMs: number): Promise<void> {
    if (this.firstMs >= beforeMs) return;
    await connection.run(`DELETE FROM ${this.alias}.operations WHERE end_ms < ?`, [beforeMs]);
    this.firstMs = beforeMs;
  }

  /** Merges the write-ahead log into the file and lets go of it. */
  async detach(connection: DuckDBConnection): Promise<void> {
    this.#appender?.closeSync();
    this.#nameAppender?.closeSync();
    this.#appender = undefined;
    this.#nameAppender = undefined;
    await connection.run(`CHECKPOINT ${this.alias}`);
    await connection.run(`DETACH ${this.alias}`);
  }
}
