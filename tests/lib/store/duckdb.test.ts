import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { openEmbeddedStore } from '../../../lib/store/duckdb/index.ts';
import { describeDocuments } from '../../contracts/documents.ts';
import { describeStore, type OpenedStore } from '../../contracts/store.ts';

async function openIn(directory: string, clock = systemClock): Promise<OpenedStore & { directory: string }> {
  const store = await openEmbeddedStore(directory, { clock });
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
  const store = await openEmbeddedStore(temporary(), { clock });
  return { documents: store.documents, close: () => store.close() };
});

describe('the embedded store', () => {
  it('refuses to be opened twice in one process', async () => {
    const directory = temporary();
    const first = await openIn(directory);
    await expect(openEmbeddedStore(directory)).rejects.toMatchObject({ code: 'conflict' });
    await first.close();
  });

  it('deletes the files of hours that are past', async () => {
    const directory = temporary();
    const store = await openIn(directory);
    const at = (hour: number) => Date.UTC(2026, 10, 22, hour, 30);
    for (const hour of [1, 2, 3]) {
      const fields = { rxBytesPerSec: hour };
      await store.samples.write([
        { device: 'd', port: 'p', startMs: at(hour) - 1000, endMs: at(hour), quality: 'exact', fields },
      ]);
    }
    await store.samples.expire?.(at(3));
    expect(readdirSync(directory).filter((name) => name.startsWith('samples-'))).toEqual([
      'samples-2026-11-22T03.duckdb',
      'samples-2026-11-22T03.duckdb.wal',
    ]);
    await store.close();
  });
});
