import type { DuckDBConnection } from '@duckdb/node-api';
import { DOCUMENT_TABLES, type DocumentTable } from './documents.ts';
import { quoted } from './quoted.ts';

/** Opens the file of documents, with a table for each kind; tables of an older version are brought up to date. */
export async function openDocumentTables(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(`ATTACH '${quoted(path)}' AS documents`);
  // They have files of their own now.
  await connection.run('DROP TABLE IF EXISTS documents.collectives');
  for (const table of DOCUMENT_TABLES) {
    const missing = await missingColumns(connection, table);
    if (missing.length > 0) await upgrade(connection, table, missing);
    else await connection.run(createTable(table));
  }
}

function createTable({ name, columns, key }: DocumentTable): string {
  const typed = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  return `CREATE TABLE IF NOT EXISTS documents.${name} (${typed.join(', ')}, PRIMARY KEY (${key.join(', ')}))`;
}

/** Columns that a table of this name lacks; none where there is no such table yet. */
async function missingColumns(connection: DuckDBConnection, { name, columns }: DocumentTable): Promise<string[]> {
  const found = await connection.runAndReadAll(
    `SELECT column_name FROM duckdb_columns() WHERE database_name = 'documents' AND table_name = '${name}'`,
  );
  const known = new Set(found.getRowObjects().map(({ column_name }) => String(column_name)));
  return known.size === 0 ? [] : Object.keys(columns).filter((column) => !known.has(column));
}

/** A new column may belong to the key: the table is made anew and filled from the old one, all or nothing. */
async function upgrade(connection: DuckDBConnection, table: DocumentTable, missing: readonly string[]): Promise<void> {
  const blank = missing.map((column) => `${table.columns[column] === 'DOUBLE' ? '0' : "''"} AS ${column}`);
  const before = `${table.name}_before`;
  await connection.run('BEGIN');
  try {
    await connection.run(`CREATE TEMP TABLE ${before} AS SELECT *, ${blank.join(', ')} FROM documents.${table.name}`);
    await connection.run(`DROP TABLE documents.${table.name}`);
    await connection.run(createTable(table));
    await connection.run(`INSERT INTO documents.${table.name} BY NAME SELECT * FROM ${before}`);
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
  await connection.run(`DROP TABLE ${before}`);
}
