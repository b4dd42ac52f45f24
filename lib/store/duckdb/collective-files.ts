import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type CollectiveRecord, collectiveKey } from '../../training/collective.ts';
import type { TimeRange } from '../types.ts';
import { removeFile } from './attach-file.ts';
import { fromRow, type WireCollectives } from './collective-columns.ts';
import { CollectiveFile } from './collective-file.ts';
import { HOUR_MS } from './constants.ts';

const FILE_NAME = /^collectives-(\d{4}-\d{2}-\d{2}T\d{2})\.duckdb$/;
/** Rows read beyond those asked for, as some may have come twice. */
const SPARE_ROWS = 100;

/** Which collectives are wanted. */
export interface CollectiveQuery {
  job: string;
  startMs: number;
  endMs: number;
  limit: number;
}

/**
 * Collectives by the hour in which they arrived (whatever times they claim, a batch is written to one file), each hour in
 * a file of its own: dropping the old ones is an unlink. All calls take turns; files that are held may be read beside them.
 */
export class CollectiveFiles {
  readonly #files = new Map<number, CollectiveFile>();
  readonly #hours: Set<number>;

  constructor(
    private readonly directory: string,
    private readonly writer: DuckDBConnection,
  ) {
    const found = readdirSync(directory).flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []);
    this.#hours = new Set(found.map((hour) => Date.parse(`${hour}:00:00Z`)));
  }

  async #file(hour: number): Promise<CollectiveFile> {
    const known = this.#files.get(hour);
    if (known) return known;
    const name = new Date(hour).toISOString().slice(0, 13);
    const file = await CollectiveFile.attach(this.writer, `c${name.replaceAll(/\D/g, '')}`, this.#path(hour));
    this.#files.set(hour, file);
    this.#hours.add(hour);
    return file;
  }

  #path(hour: number): string {
    return join(this.directory, `collectives-${new Date(hour).toISOString().slice(0, 13)}.duckdb`);
  }

  /** Writes batches durably. @param nowMs when they arrived */
  async write(batches: readonly WireCollectives[], nowMs: number): Promise<void> {
    const hour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const file = await this.#file(hour);
    try {
      await file.write(this.writer, batches);
    } catch (error) {
      // What the file object remembers may be ahead of the file now: forget it and read it again.
      this.#files.delete(hour);
      await file.detach(this.writer).catch(() => undefined);
      throw error;
    }
  }

  /** Files that may have some of these, the newest first. */
  async holding({ startMs, endMs }: TimeRange): Promise<CollectiveFile[]> {
    const files: CollectiveFile[] = [];
    for (const hour of [...this.#hours].sort((a, b) => b - a)) {
      const file = await this.#file(hour);
      if (file.lastMs >= startMs && file.firstMs < endMs) files.push(file);
    }
    return files;
  }

  /** Drops what ended before this time, whole hours at once; and the oldest hours beyond so many bytes, but for the newest. */
  async expire(beforeMs: number, mostBytes: number): Promise<void> {
    for (const hour of [...this.#hours]) {
      if (hour + HOUR_MS <= beforeMs) await this.#remove(hour);
      else await (await this.#file(hour)).dropBefore(this.writer, beforeMs);
    }
    let bytes = 0;
    for (const [place, hour] of [...this.#hours].sort((a, b) => b - a).entries()) {
      bytes += (await this.#file(hour)).bytes;
      if (place > 0 && bytes > mostBytes) await this.#remove(hour);
    }
  }

  async #remove(hour: number): Promise<void> {
    const file = this.#files.get(hour);
    this.#files.delete(hour);
    this.#hours.delete(hour);
    await file?.detach(this.writer);
    removeFile(this.#path(hour));
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.detach(this.writer);
    this.#files.clear();
  }
}

/** Newest first; of a record that came twice the later. @param files the newest first */
export async function readCollectives(
  files: readonly CollectiveFile[],
  connection: DuckDBConnection,
  query: CollectiveQuery,
): Promise<CollectiveRecord[]> {
  const found = new Map<string, CollectiveRecord>();
  for (const file of files) {
    for (const record of await readFile(file, connection, query)) {
      const key = keyOf(record);
      if (!found.has(key)) found.set(key, record);
    }
  }
  return [...found.values()].sort(newestFirst).slice(0, query.limit);
}

/** The later version of each record of one file; asks for more where many rows are the same record. */
async function readFile(
  file: CollectiveFile,
  connection: DuckDBConnection,
  query: CollectiveQuery,
): Promise<CollectiveRecord[]> {
  for (let limit = query.limit + SPARE_ROWS; ; limit *= 2) {
    const rows = await file.read(connection, { ...query, limit });
    const newest = new Map<string, { record: CollectiveRecord; written: number }>();
    for (const { values, written } of rows) {
      const record = fromRow(values);
      const key = keyOf(record);
      const known = newest.get(key);
      if (!known || known.written < written) newest.set(key, { record, written });
    }
    if (rows.length < limit || newest.size >= query.limit) return [...newest.values()].map(({ record }) => record);
  }
}

function keyOf(record: CollectiveRecord): string {
  return JSON.stringify(collectiveKey(record, endOf(record)));
}

function endOf({ endUs, timestampMs }: CollectiveRecord): number {
  return endUs === undefined ? (timestampMs ?? 0) : endUs / 1000;
}

function newestFirst(a: CollectiveRecord, b: CollectiveRecord): number {
  return endOf(b) - endOf(a) || (b.collectiveSeq ?? 0) - (a.collectiveSeq ?? 0) || (a.rank ?? -1) - (b.rank ?? -1);
}
