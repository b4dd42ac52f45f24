import { existsSync, rmSync, statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoted } from './quoted.ts';

/**
 * Attaches a database file, creating it where there is none; replays its write-ahead log after a crash.
 * @param open makes or reads its tables; a new file on which it fails is removed again
 */
export async function attachFile<T>(
  connection: DuckDBConnection,
  alias: string,
  path: string,
  open: () => Promise<T>,
): Promise<T> {
  // A full disk may have failed the detach, or the tables of a new file: what is left attached is let go first.
  await connection.run(`DETACH DATABASE IF EXISTS ${alias}`);
  const isNew = removeStillborn(path);
  try {
    await connection.run(`ATTACH '${quoted(path)}' AS ${alias}`);
    return await open();
  } catch (error) {
    // What a full disk left of a new file is no database, and would be refused for good.
    if (isNew) {
      await connection.run(`DETACH DATABASE IF EXISTS ${alias}`);
      removeFile(path);
    }
    throw error;
  }
}

/** A database begins with three header blocks of 4 KiB: a shorter file was never finished. @source DuckDB storage format */
const HEADER_BYTES = 3 * 4096;

/** Removes what a crash on a full disk left of a new file. @returns whether there is no file now */
function removeStillborn(path: string): boolean {
  if (!existsSync(path)) return true;
  if (statSync(path).size >= HEADER_BYTES) return false;
  removeFile(path);
  return true;
}

/** Removes a database file and its log. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}.wal`, { force: true });
}
