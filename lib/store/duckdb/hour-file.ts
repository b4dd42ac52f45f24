import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { fieldToSnake, SAMPLE_FIELDS } from '../../samples/fields.ts';
import { SeenIntervals } from '../seen.ts';
import type { SeriesRef } from '../series.ts';
import type { ChunkAppender, HourRows } from './append.ts';
import { attachFile } from './attach-file.ts';

/** A key of a late row list handed to one DELETE. */
const KEYS_PER_DELETE = 2000;

const FIELD_COLUMNS = SAMPLE_FIELDS.map((field) => fieldToSnake(field));

/**
 * The samples of one hour in a database file of their own, so that retention is an unlink. Rows of a series normally
 * arrive in time order and are appended; a row at or before the newest of its series may be a duplicate and replaces
 * whatever has its interval and quality, in the same transaction.
 */
export class HourFile {
  /** File id of a series, by its id in the sender's dictionary. */
  readonly #ids = new Map<string, number>();
  #fileIdOf = new Int32Array(0);
  readonly #seen = new SeenIntervals();
  #appender: DuckDBAppender | undefined;
  #seriesAppender: DuckDBAppender | undefined;

  private constructor(
    readonly alias: string,
    readonly path: string,
  ) {}

  /** Attaches the file, creating it or adding columns it lacks; replays its write-ahead log after a crash. */
  static async attach(connection: DuckDBConnection, alias: string, path: string): Promise<HourFile> {
    return attachFile(connection, alias, path, () => HourFile.#open(connection, alias, path));
  }

  static async #open(connection: DuckDBConnection, alias: string, path: string): Promise<HourFile> {
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${alias}.series (id INTEGER, device VARCHAR, port VARCHAR, priority TINYINT)`,
    );
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${alias}.samples (series INTEGER, end_ms DOUBLE, interval_ms DOUBLE, quality UTINYINT, ${FIELD_COLUMNS.map((name) => `${name} DOUBLE`).join(', ')})`,
    );
    const file = new HourFile(alias, path);
    await file.#load(connection);
    return file;
  }

  async #load(connection: DuckDBConnection): Promise<void> {
    const columns = await connection.run(
      `SELECT column_name FROM duckdb_columns() WHERE database_name = '${this.alias}' AND table_name = 'samples'`,
    );
    const present = new Set((await columns.getRows()).map(([name]) => String(name)));
    for (const name of FIELD_COLUMNS) {
      if (!present.has(name)) await connection.run(`ALTER TABLE ${this.alias}.samples ADD COLUMN ${name} DOUBLE`);
    }
    const known = await connection.run(
      `SELECT s.id, s.device, s.port, s.priority, (SELECT max(end_ms) FROM ${this.alias}.samples x WHERE x.series = s.id) FROM ${this.alias}.series s ORDER BY s.id`,
    );
    for (const [id, device, port, priority, newest] of await known.getRows()) {
      this.#ids.set(seriesKey(String(device), String(port), Number(priority)), Number(id));
      if (newest !== null) this.#seen.restore(Number(id), Number(newest));
    }
  }

  /**
   * Writes rows durably. `rows.series` are dictionary ids and become file ids in place. Rows that cannot be duplicates
   * are one append, which commits by itself at half the cost of a transaction around it; an append that was committed
   * before something else failed is sent again and replaced.
   */
  async write(connection: DuckDBConnection, rows: HourRows, dictionary: readonly SeriesRef[], chunks: ChunkAppender) {
    const { fresh, late } = await this.#assign(connection, rows, dictionary);
    this.#appender ??= await connection.createAppender('samples', 'main', this.alias);
    if (fresh.length > 0) {
      appendRows(chunks, this.#appender, late.length === 0 ? rows : pick(rows, fresh));
      this.#appender.flushSync();
    }
    if (late.length === 0) return;
    const replacing = pick(rows, newestOfEachKey(rows, late));
    await connection.run('BEGIN');
    await this.#remove(connection, replacing);
    appendRows(chunks, this.#appender, replacing);
    this.#appender.flushSync();
    await connection.run('COMMIT');
  }

  /** Gives each row its file id and says which rows go past the newest of their series and which may be duplicates. */
  async #assign(connection: DuckDBConnection, rows: HourRows, dictionary: readonly SeriesRef[]) {
    const fresh: number[] = [];
    const late: number[] = [];
    let added = false;
    for (let row = 0; row < rows.length; row++) {
      const dictionaryId = rows.series[row] ?? 0;
      let id = this.#fileIdOf[dictionaryId] ?? 0;
      if (id === 0) {
        const made = await this.#fileId(connection, dictionaryId, dictionary);
        added ||= made.added;
        id = made.id + 1;
      }
      const fileId = id - 1;
      rows.series[row] = fileId;
      const endMs = rows.endMs[row] ?? 0;
      const startMs = endMs - (rows.intervalMs[row] ?? 0);
      if (this.#seen.isNew(fileId, startMs, endMs, rows.quality[row] ?? 0)) fresh.push(row);
      else late.push(row);
    }
    if (added) this.#seriesAppender?.flushSync();
    return { fresh, late };
  }

  /** `#fileIdOf` holds id + 1, so that 0 means unknown. */
  async #fileId(connection: DuckDBConnection, dictionaryId: number, dictionary: readonly SeriesRef[]) {
    if (dictionaryId >= this.#fileIdOf.length) {
      const wider = new Int32Array(Math.max(1024, dictionary.length * 2));
      wider.set(this.#fileIdOf);
      this.#fileIdOf = wider;
    }
    const ref = dictionary[dictionaryId] as SeriesRef;
    const key = seriesKey(ref.device, ref.port, ref.priority);
    let id = this.#ids.get(key);
    const added = id === undefined;
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(key, id);
      this.#seriesAppender ??= await connection.createAppender('series', 'main', this.alias);
      this.#seriesAppender.appendInteger(id);
      this.#seriesAppender.appendVarchar(ref.device);
      this.#seriesAppender.appendVarchar(ref.port);
      this.#seriesAppender.appendTinyInt(ref.priority);
      this.#seriesAppender.endRow();
    }
    this.#fileIdOf[dictionaryId] = id + 1;
    return { id, added };
  }

  async #remove(connection: DuckDBConnection, rows: HourRows): Promise<void> {
    for (let from = 0; from < rows.length; from += KEYS_PER_DELETE) {
      const keys: string[] = [];
      for (let row = from; row < Math.min(rows.length, from + KEYS_PER_DELETE); row++) {
        keys.push(
          `(${rows.series[row]}::INTEGER, ${rows.endMs[row]}::DOUBLE, ${rows.intervalMs[row]}::DOUBLE, ${rows.quality[row]}::UTINYINT)`,
        );
      }
      await connection.run(
        `DELETE FROM ${this.alias}.samples WHERE (series, end_ms, interval_ms, quality) IN (VALUES ${keys.join(', ')})`,
      );
    }
  }

  /** Merges the write-ahead log into the file and lets go of it. */
  async detach(connection: DuckDBConnection): Promise<void> {
    this.#appender?.closeSync();
    this.#seriesAppender?.closeSync();
    this.#appender = undefined;
    this.#seriesAppender = undefined;
    await connection.run(`CHECKPOINT ${this.alias}`);
    await connection.run(`DETACH ${this.alias}`);
  }
}

function appendRows(chunks: ChunkAppender, appender: DuckDBAppender, rows: HourRows): void {
  const { length, series, endMs, intervalMs, quality, columns } = rows;
  chunks.append(appender, length, [series, endMs, intervalMs, quality, ...SAMPLE_FIELDS.map((_, n) => columns[n])]);
}

function seriesKey(device: string, port: string, priority: number): string {
  return `${device}\u0000${port}\u0000${priority}`;
}

/** Of several rows with the same series, interval and quality only the last: a later write replaces an earlier one. */
function newestOfEachKey(rows: HourRows, late: readonly number[]): number[] {
  const newest = new Map<string, number>();
  for (const row of late)
    newest.set(`${rows.series[row]}/${rows.endMs[row]}/${rows.intervalMs[row]}/${rows.quality[row]}`, row);
  return [...newest.values()];
}

function pick(rows: HourRows, wanted: readonly number[]): HourRows {
  const take = <A extends Int32Array | Float64Array | Uint8Array>(values: A, into: A): A => {
    for (let i = 0; i < wanted.length; i++) into[i] = values[wanted[i] ?? 0] ?? 0;
    return into;
  };
  const length = wanted.length;
  return {
    length,
    series: take(rows.series, new Int32Array(length)),
    endMs: take(rows.endMs, new Float64Array(length)),
    intervalMs: take(rows.intervalMs, new Float64Array(length)),
    quality: take(rows.quality, new Uint8Array(length)),
    columns: rows.columns.map((column) => (column ? take(column, new Float64Array(length)) : undefined)),
  };
}
