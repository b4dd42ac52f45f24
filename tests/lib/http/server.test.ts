import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/errors.ts';
import { TokenGuard } from '../../../lib/http/auth.ts';
import { Router } from '../../../lib/http/router.ts';
import { writeRoutes } from '../../../lib/http/routes/write.ts';
import { createListener } from '../../../lib/http/server.ts';
import type { HttpServices } from '../../../lib/http/services.ts';
import { silentLogger } from '../../../lib/logger.ts';

describe('the write door when the store cannot take it', () => {
  let server: Server;
  let url: string;
  let failure: Error;
  let hold: Promise<void> | undefined;

  beforeAll(async () => {
    const ingest = {
      lines: async () => {
        if (hold) await hold;
        throw failure;
      },
    };
    const services = { ingest, version: '0' } as unknown as HttpServices;
    server = createServer(
      createListener({
        router: new Router(writeRoutes(services)),
        guard: new TokenGuard([]),
        logger: silentLogger,
        limits: { wireBytes: 1000, bodyBytes: 2000 },
        fallback: async (_, response) => void response.end('page'),
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const write = async (body: string) => {
    const response = await fetch(`${url}/api/v2/write`, { method: 'POST', body });
    return { status: response.status, retryAfter: response.headers.get('retry-after'), json: await response.json() };
  };

  it('says when to come back', async () => {
    failure = new StoreError('store', 'the disk is full', { retryable: true });
    expect(await write('x')).toEqual({
      status: 503,
      retryAfter: '1',
      json: { code: 'unavailable', message: 'the disk is full' },
    });
  });

  it('tells nothing of a failure that is ours', async () => {
    failure = new TypeError('secret of the inside');
    const { status, json } = await write('x');
    expect([status, json.code]).toEqual([500, 'internal error']);
    expect(json.message).not.toContain('secret');
  });

  it('lets sixteen write at once and asks the others to wait', async () => {
    failure = new StoreError('store', 'busy', { retryable: true });
    let release: () => void = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const answers: string[] = [];
    const all = Array.from({ length: 20 }, async () => {
      const { json } = await write('x');
      answers.push(json.message);
      // The four that are too many are answered while the others still wait.
      if (answers.length === 4) release();
    });
    await Promise.all(all);
    hold = undefined;
    expect(answers.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => 'too many writes at once'));
    expect(answers.slice(4)).toEqual(Array.from({ length: 16 }, () => 'busy'));
  });

  it('answers 413 to a body that never ends, without reading on', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(`${url}/api/v2/write`, { method: 'POST' }, (response) => {
        resolve(response.statusCode);
        sending.destroy();
      });
      sending.on('error', reject);
      sending.write('y'.repeat(5000));
    });
    expect(status).toBe(413);
  });

  it('survives paths and methods that make no sense', async () => {
    for (const path of ['//', '/%', '/api/v2/write/', '/api/%zz']) {
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBeLessThan(500);
      await response.text();
    }
  });
});
