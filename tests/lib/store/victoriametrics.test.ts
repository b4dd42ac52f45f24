import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVictoriaStore } from '../../../lib/store/victoriametrics/index.ts';
import type { DatabaseServer } from '../../contracts/database-server.ts';
import { describeStore, type OpenedStore } from '../../contracts/store.ts';
import { startVictoria, VICTORIA } from '../../contracts/victoria-server.ts';

const WITHOUT = VICTORIA === undefined ? ' (skipped: victoria-metrics is not installed)' : '';

describe.skipIf(VICTORIA === undefined)(`against VictoriaMetrics${WITHOUT}`, () => {
  let server: DatabaseServer;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-victoria-'));
    server = await startVictoria(directory);
  }, 60_000);

  afterAll(async () => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What has been taken is made searchable at once, which the database does by itself after a second. */
  async function open(): Promise<OpenedStore> {
    const store = openVictoriaStore({ url: server.url });
    const write = store.write.bind(store);
    store.write = async (points) => {
      await write(points);
      await fetch(`${server.url}/internal/force_flush`);
    };
    return { samples: store, close: () => store.close(), reopen: open };
  }

  async function fresh(): Promise<OpenedStore> {
    await fetch(`${server.url}/api/v1/admin/tsdb/delete_series?match[]={__name__=~"port_.*"}`);
    await fetch(`${server.url}/internal/resetRollupResultCache`);
    return open();
  }

  describeStore('victoriametrics', fresh, { documents: false, idempotentWrites: false, retention: false });
});

describe('a VictoriaMetrics that does not answer', () => {
  const store = openVictoriaStore({ url: 'http://127.0.0.1:1/', token: 'secret-token' });
  const query = { startMs: 0, endMs: 1000, fields: ['rxBytesPerSec' as const], filter: {} };

  it('is named, without its token, and may be asked again', async () => {
    await expect(store.range(query)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await expect(store.range(query)).rejects.toThrow(/^VictoriaMetrics at 127\.0\.0\.1:1: (?!.*secret-token)/);
  });
});
