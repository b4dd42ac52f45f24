import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageOf } from '../../lib/alerts/message.ts';
import type { AlertMessage, Notifier } from '../../lib/alerts/types.ts';
import { ManualClock } from '../../lib/clock.ts';
import { incident } from '../lib/alerts/incident-fixture.ts';

/** One request as the receiving end saw it. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  path: string;
}

/** What the receiving end answers; the default is 200 with the body this receiver takes for success. */
interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Never answers. */
  hang?: boolean;
  /** Cuts the connection. */
  cut?: boolean;
}

export interface ReceiverUnderTest {
  /** A notifier that posts to this URL with this secret, in whatever way its kind does. */
  open(url: string, secret: string, clock: ManualClock): Notifier;
  secret: string;
  /** A body of a good answer, where the kind looks at it. */
  okBody?: string;
}

const NOW_MS = Date.UTC(2026, 10, 22, 12, 0, 0);
const PATH = '/hooks/path-is-secret';

/** The contract of every receiver: what is tried again and what is final, and that no secret leaks. */
export function describeReceiver(name: string, receiver: ReceiverUnderTest): void {
  describe(`receiver ${name}`, () => {
    let server: Server;
    let url: string;
    let answer: Answer;
    let received: Received[];
    const message: AlertMessage = messageOf(
      incident(),
      { event: 'alert.firing', fingerprint: 'f', id: 'f.1', severity: 'critical' },
      'https://stallscope.example.org',
    );
    const notify = (signal = new AbortController().signal) =>
      receiver.open(url, receiver.secret, new ManualClock(NOW_MS)).notify(message, signal);

    beforeEach(async () => {
      answer = {};
      received = [];
      server = createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8');
        request.on('data', (chunk: string) => {
          body += chunk;
        });
        request.on('end', () => {
          received.push({ headers: request.headers, body, path: request.url ?? '' });
          if (answer.hang) return;
          if (answer.cut) request.socket.destroy();
          else response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? receiver.okBody ?? '');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
    });

    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it.each([
      [{}, { result: 'delivered', status: 200 }],
      [{ status: 408 }, { result: 'retryable', reason: 'http_408', status: 408 }],
      [{ status: 429 }, { result: 'retryable', reason: 'http_429', status: 429 }],
      [
        { status: 429, headers: { 'retry-after': '17' } },
        { result: 'retryable', reason: 'http_429', status: 429, retryAfterMs: 17_000 },
      ],
      [
        { status: 503, headers: { 'retry-after': 'Sun, 22 Nov 2026 12:01:00 GMT' } },
        { result: 'retryable', reason: 'http_5xx', status: 503, retryAfterMs: 60_000 },
      ],
      [{ status: 500 }, { result: 'retryable', reason: 'http_5xx', status: 500 }],
      [{ status: 400 }, { result: 'rejected', reason: 'http_4xx', status: 400 }],
      [{ status: 401 }, { result: 'rejected', reason: 'http_4xx', status: 401 }],
      [{ status: 404 }, { result: 'rejected', reason: 'http_4xx', status: 404 }],
      [{ status: 410 }, { result: 'rejected', reason: 'http_4xx', status: 410 }],
      [{ cut: true }, { result: 'retryable', reason: 'network' }],
    ] satisfies [Answer, object][])('answer %o gives %o', async (given, expected) => {
      answer = given;
      expect(await notify()).toEqual(expected);
    });

    it('never follows a redirect', async () => {
      answer = { status: 307, headers: { location: `${url}/elsewhere` } };
      expect(await notify()).toEqual({ result: 'rejected', reason: 'redirect', status: 307 });
      expect(received).toHaveLength(1);
    });

    it('may be tried again where nobody listens', async () => {
      await new Promise((resolve) => server.close(resolve));
      expect(await notify()).toEqual({ result: 'retryable', reason: 'network' });
    });

    it('never calls a metadata address', async () => {
      const notifier = receiver.open('http://169.254.169.254/latest', receiver.secret, new ManualClock(NOW_MS));
      expect(await notifier.notify(message, new AbortController().signal)).toEqual({
        result: 'rejected',
        reason: 'blocked_address',
      });
    });

    it('stops at once when told to', async () => {
      answer = { hang: true };
      const stop = new AbortController();
      const result = notify(stop.signal);
      stop.abort();
      expect(await result).toMatchObject({ result: 'retryable' });
    });

    it('reads no more of an endless answer than it needs', async () => {
      answer = { status: 500, body: 'x'.repeat(5_000_000) };
      expect(await notify()).toMatchObject({ result: 'retryable', reason: 'http_5xx' });
    });

    it('sends the same message again under the same id', async () => {
      answer = { status: 500 };
      await notify();
      await notify();
      expect(received[1]?.body).toBe(received[0]?.body);
      expect(received[1]?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id']);
    });

    it('leaks neither secret nor URL into what it answers or sends', async () => {
      const bare = receiver.secret.replace(/^whsec_/, '');
      for (const given of [{}, { status: 404, body: `no such hook ${PATH}` }, { status: 500 }, { cut: true }]) {
        answer = given;
        const text = JSON.stringify(await notify());
        for (const hidden of [bare, PATH, '127.0.0.1']) expect(text).not.toContain(hidden);
      }
      for (const { body } of received) {
        for (const hidden of [bare, PATH]) expect(body).not.toContain(hidden);
      }
    });
  });
}
