import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAlertService } from '../../../lib/alerts/index.ts';
import type { AlertService } from '../../../lib/alerts/types.ts';
import type { Delivery } from '../../../lib/api/types.ts';
import { ManualClock } from '../../../lib/clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { incident } from './incident-fixture.ts';

const NOW_MS = 1_795_000_010_000;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let directory: string;
let server: Server;
let url: string;
let statuses: number[];
let got: { id: string; type: string }[];
let clock: ManualClock;
const running: AbortController[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'alerts-'));
  clock = new ManualClock(NOW_MS);
  statuses = [];
  got = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ id: String(request.headers['webhook-id']), type: JSON.parse(body).type });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});

afterEach(async () => {
  for (const stop of running.splice(0)) stop.abort();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

function open(receivers = [{ kind: 'webhook', url, secret, minSeverity: 'warning' } as const]): Promise<AlertService> {
  return createAlertService({ receivers, directory, clock, logger: silentLogger, baseUrl: null, random: () => 0 });
}

function start(service: AlertService): AbortController {
  const stop = new AbortController();
  running.push(stop);
  void service.start(stop.signal);
  return stop;
}

/** Resolves with the first delivery that gets into this state. */
function until(service: AlertService, state: Delivery['state'], event?: Delivery['event']): Promise<Delivery> {
  return new Promise((resolve) => {
    const stop = service.onDelivery((delivery) => {
      if (delivery.state !== state || (event !== undefined && delivery.event !== event)) return;
      stop();
      resolve(delivery);
    });
  });
}

describe('alert service', () => {
  it('tells firing and resolved once each, in order', async () => {
    const service = await open();
    start(service);
    const resolved = until(service, 'delivered', 'alert.resolved');
    await service.onIncidents([incident()]);
    await service.onIncidents([incident()]);
    await service.onIncidents([incident({ endMs: NOW_MS })]);
    await resolved;
    expect(got.map(({ type }) => type)).toEqual(['alert.firing', 'alert.resolved']);
    expect(service.deliveries().map(({ event, state }) => [event, state])).toEqual([
      ['alert.resolved', 'delivered'],
      ['alert.firing', 'delivered'],
    ]);
  });

  it('tries again under the same id, and resolved waits for its firing', async () => {
    statuses = [500, 429];
    const service = await open();
    start(service);
    const resolved = until(service, 'delivered', 'alert.resolved');
    await service.onIncidents([incident({ endMs: NOW_MS })]);
    await resolved;
    expect(got.map(({ type }) => type)).toEqual(['alert.firing', 'alert.firing', 'alert.firing', 'alert.resolved']);
    expect(new Set(got.slice(0, 3).map(({ id }) => id)).size).toBe(1);
  });

  it('gives up at a refusal and says why', async () => {
    statuses = [404];
    const service = await open();
    start(service);
    const rejected = until(service, 'rejected');
    await service.onIncidents([incident()]);
    expect(await rejected).toMatchObject({ attempts: 1, lastReason: 'http_4xx', lastStatus: 404, nextAttemptMs: null });
  });

  it('what was accepted before a kill is delivered after it, once', async () => {
    const killed = await open();
    await killed.onIncidents([incident()]);
    // No start, no close: the process is gone. Another one opens the same directory.
    const service = await open();
    expect(service.deliveries()).toMatchObject([{ event: 'alert.firing', state: 'pending' }]);
    const delivered = until(service, 'delivered');
    start(service);
    await service.onIncidents([incident()]);
    await delivered;
    expect(got).toHaveLength(1);
    const third = await open();
    await third.onIncidents([incident()]);
    expect(third.deliveries()).toHaveLength(1);
  });

  it('a crash between outbox and memory says nothing twice', async () => {
    const first = await open();
    await first.onIncidents([incident()]);
    rmSync(join(directory, 'told.json'));
    const second = await open();
    await second.onIncidents([incident()]);
    expect(second.deliveries()).toHaveLength(1);
  });

  it('a damaged file costs that message only', async () => {
    const first = await open();
    await first.onIncidents([incident(), incident({ id: 'inc-2', rootPort: 'Ethernet9' })]);
    const outbox = join(directory, 'outbox');
    const [victim] = readdirSync(outbox);
    writeFileSync(join(outbox, String(victim)), '{"half');
    writeFileSync(join(directory, 'told.json'), 'garbage');
    const second = await open();
    expect(second.deliveries()).toHaveLength(1);
    expect(readdirSync(outbox)).toContain(`${victim}.bad`);
  });

  it('ends what nobody could be told for a day', async () => {
    statuses = [500];
    const service = await open();
    await service.onIncidents([incident()]);
    clock.advance(25 * 3_600_000);
    const expired = until(service, 'expired');
    start(service);
    expect(await expired).toMatchObject({ attempts: 1, lastReason: 'http_5xx' });
  });

  it('takes other receivers without a restart', async () => {
    const service = await open([]);
    start(service);
    await service.onIncidents([incident()]);
    expect(service.deliveries()).toEqual([]);
    const delivered = until(service, 'delivered');
    service.setReceivers([{ kind: 'webhook', name: 'netops', url, secret, minSeverity: 'critical' }]);
    await service.onIncidents([incident(), incident({ id: 'inc-2', severity: 'warning' })]);
    expect((await delivered).receiver).toBe('netops');
    expect(got).toHaveLength(1);
  });

  it('sends a test to a receiver by its name, and refuses a name nobody has', async () => {
    const service = await open();
    start(service);
    const delivered = until(service, 'delivered');
    await service.sendTest('webhook 1');
    expect(await delivered).toMatchObject({ event: 'test', receiver: 'webhook 1' });
    await expect(service.sendTest('nobody')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps no secret and no URL on disk or in the log of deliveries', async () => {
    const service = await open();
    await service.onIncidents([incident()]);
    const outbox = join(directory, 'outbox');
    const stored = readdirSync(outbox).map((file) => readFileSync(join(outbox, file), 'utf8'));
    for (const text of [...stored, JSON.stringify(service.deliveries())]) {
      expect(text).not.toContain('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
      expect(text).not.toContain(url);
    }
  });
});
