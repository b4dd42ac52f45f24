import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInfluxStore } from '../../../lib/store/influxdb/index.ts';
import { type DatabaseServer, programPath, startServer } from '../../contracts/database-server.ts';
import { describeStore } from '../../contracts/store.ts';
import { freePort } from '../../free-port.ts';

/** InfluxDB 2: no Debian package has it. */
const INFLUXD = programPath('influxd');
const WITHOUT = INFLUXD === undefined ? ' (skipped: influxd 2 is not installed)' : '';
const ORG = 'fabric "team"';
const BUCKET = 'stallscope';
const TOKEN = 'token-of-the-test';

describe.skipIf(INFLUXD === undefined)(`against InfluxDB 2${WITHOUT}`, () => {
  let server: DatabaseServer;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-influx-'));
    const port = await freePort();
    const args = [
      `--bolt-path=${directory}/bolt`,
      `--sqlite-path=${directory}/sqlite`,
      `--engine-path=${directory}/engine`,
      `--http-bind-address=127.0.0.1:${port}`,
      '--reporting-disabled',
      '--log-level=error',
    ];
    server = await startServer(String(INFLUXD), port, args, '/health');
    const setup = { username: 'admin', password: 'password', org: ORG, bucket: BUCKET, token: TOKEN };
    const done = await fetch(`${server.url}/api/v2/setup`, { method: 'POST', body: JSON.stringify(setup) });
    expect(done.status).toBe(201);
  }, 60_000);

  afterAll(async () => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  async function open() {
    const store = openInfluxStore({ url: server.url, org: ORG, bucket: BUCKET, token: TOKEN });
    return { samples: store, close: () => store.close(), reopen: open };
  }

  async function fresh() {
    const url = `${server.url}/api/v2/delete?org=${encodeURIComponent(ORG)}&bucket=${BUCKET}`;
    const body = JSON.stringify({ start: '1970-01-01T00:00:00Z', stop: '2100-01-01T00:00:00Z' });
    const headers = { authorization: `Token ${TOKEN}` };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(204);
    return open();
  }

  describeStore('influxdb', fresh, { documents: false, idempotentWrites: false, retention: false });

  it('says that the token is refused, without telling it', async () => {
    const store = openInfluxStore({ url: server.url, org: ORG, bucket: BUCKET, token: 'a-wrong-token' });
    const row = { device: 'd', port: 'p', startMs: 0, endMs: 1000, quality: 'exact' as const, fields: { linkUp: 1 } };
    for (const asked of [() => store.write([row]), () => store.latest({ filter: {}, sinceMs: 0 })]) {
      await expect(asked()).rejects.toThrow(/refuses the token \(401\): correct store\.token$/);
      await expect(asked()).rejects.toMatchObject({ retryable: true });
    }
  });

  it('says that there is no such bucket', async () => {
    const store = openInfluxStore({ url: server.url, org: ORG, bucket: 'nowhere', token: TOKEN });
    await expect(store.latest({ filter: {}, sinceMs: 0 })).rejects.toThrow(/answers 404: .*nowhere/);
  });
});

describe('an InfluxDB that does not answer', () => {
  const store = openInfluxStore({ url: 'http://127.0.0.1:1', org: 'o', bucket: 'b', token: 'secret-token' });

  it('is named, without its token, and may be asked again', async () => {
    await expect(store.latest({ filter: {}, sinceMs: 0 })).rejects.toMatchObject({ retryable: true });
    await expect(store.latest({ filter: {}, sinceMs: 0 })).rejects.toThrow(
      /^InfluxDB at 127\.0\.0\.1:1: (?!.*secret-token)/,
    );
  });
});
