import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDocumentTables } from '../../../lib/store/duckdb/document-tables.ts';

describe('tables of documents', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-tables-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const opened = async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await openDocumentTables(connection, join(directory, "it's.duckdb"));
    const close = async () => {
      await connection.run('DETACH documents');
      connection.closeSync();
      instance.closeSync();
    };
    return { connection, close };
  };

  it('keep what they hold when a column has come to their key', async () => {
    const first = await opened();
    await first.connection.run('DROP TABLE documents.verdicts');
    await first.connection.run(
      'CREATE TABLE documents.verdicts (job VARCHAR, step DOUBLE, start_ms DOUBLE, end_ms DOUBLE, slow DOUBLE, doc VARCHAR, PRIMARY KEY (job, step))',
    );
    await first.connection.run(`INSERT INTO documents.verdicts VALUES ('llm', 7, 1, 2, 0, '{}')`);
    await first.close();
    const second = await opened();
    await second.connection.run(`INSERT INTO documents.verdicts VALUES ('llm', 7, 1, 5, 6, 1, '{"run":1}')`);
    const rows = await second.connection.runAndReadAll('SELECT step, run, doc FROM documents.verdicts ORDER BY run');
    expect(rows.getRowObjects()).toEqual([
      { step: 7, run: 0, doc: '{}' },
      { step: 7, run: 1, doc: '{"run":1}' },
    ]);
    await second.close();
    const third = await opened();
    const count = await third.connection.runAndReadAll('SELECT count(*)::INTEGER AS n FROM documents.verdicts');
    expect(count.getRowObjects()).toEqual([{ n: 2 }]);
    await third.close();
  });
});
