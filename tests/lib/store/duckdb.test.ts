import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { openEmbeddedStore } from '../../../lib/store/duckdb/index.ts';
import { describeDocuments } from '../../contracts/documents.ts';
import { describeStore, type OpenedStore } from '../../contracts/store.ts';

async function openIn(directory: string, clock = systemClock): Promise<OpenedStore & { directory: string }> {
  const store = await openEmbeddedStore(directory, clock);
  return {
    directory,
    samples: store.samples,
    documents: store.documents,
    reopen: async () => {
      await store.close();
      return openIn(directory, clock);
    },
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const temporary = () => mkdtempSync(join(tmpdir(), 'stallscope-store-'));

describeStore('duckdb', () => openIn(temporary()), { documents: true, idempotentWrites: true, retention: true });

describeDocuments('duckdb', async (clock) => {
  const store = await openEmbeddedStore(temporary(), clock);
  return { documents: store.documents, close: () => store.close() };
});
