import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock, systemClock } from '../../../lib/clock.ts';
import { openEmbeddedStore } from '../../../lib/store/duckdb/index.ts';
import type { CollectiveRecord } from '../../../lib/training/collective.ts';
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

  it('keeps collectives by the hour they arrived in, through a restart, within a bound on the disk', async () => {
    const directory = temporary();
    const clock = new ManualClock(Date.UTC(2026, 10, 22, 1, 30));
    let store = await openEmbeddedStore(directory, { clock });
    const one = (seq: number, execTimeUs: number): CollectiveRecord => ({
      job: 'llm',
      commId: '0xa',
      collectiveSeq: seq,
      collectiveKind: 'AllReduce',
      messageBytes: 1e6,
      execTimeUs,
      busGBPerSec: null,
      rank: 0,
      endUs: clock.now() * 1000,
    });
    const files = () => readdirSync(directory).filter((name) => /^collectives-.*duckdb$/.test(name));
    await store.documents.putCollectives([one(1, 900)]);
    clock.advance(3_600_000);
    await store.documents.putCollectives(Array.from({ length: 3000 }, (_, n) => one(n + 2, 800)));
    // The same record again, an hour later and with other names before it.
    await store.documents.putCollectives([{ ...one(9, 5), job: 'other' }, one(1, 700)]);
    await store.close();
    store = await openEmbeddedStore(directory, { clock });
    await store.documents.putCollectives([one(3002, 600)]);
    expect(files()).toHaveLength(2);
    expect(await store.documents.collectives({ job: 'llm', limit: 5000 })).toHaveLength(3002);
    const [newest, next] = await store.documents.collectives({ job: 'llm', limit: 2 });
    expect([newest, next]).toEqual([one(3002, 600), one(3001, 800)]);
    expect((await store.documents.collectives({ job: 'llm', limit: 5000 })).at(-1)).toEqual(one(1, 700));
    expect(await store.documents.collectives({ job: 'other' })).toHaveLength(1);

    const beforeMs = clock.now() - 86_400_000;
    await store.documents.expire(beforeMs, { beforeMs, mostBytes: 1 });
    expect(files()).toEqual(['collectives-2026-11-22T02.duckdb']);
    await store.documents.expire(beforeMs, { beforeMs: clock.now() + 3_600_000 });
    expect(files()).toEqual([]);
    expect(await store.documents.collectives({ job: 'llm' })).toEqual([]);
    await store.documents.putCollectives([one(1, 900)]);
    expect(await store.documents.collectives({ job: 'llm' })).toHaveLength(1);
    await store.close();
  });
});
