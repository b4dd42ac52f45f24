import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logger.ts';
import type { TokenGuard } from './auth.ts';
import { BODY_LIMITS, type BodyLimits, readBody } from './body.ts';
import { HttpError } from './http-error.ts';
import { influxProblem, problemAnswer, toHttpError } from './problem.ts';
import type { RouteMatch, Router } from './router.ts';
import { loginPage } from './routes/login.ts';
import type { HttpAnswer, HttpRequest, StreamSink } from './types.ts';

/** Bytes that may wait for a slow reader of a stream before it is let go. */
const STREAM_BACKLOG_BYTES = 1024 * 1024;

export interface ServerOptions {
  router: Router;
  guard: TokenGuard;
  logger: Logger;
  limits?: BodyLimits;
  /** Answers what no route does: pages. */
  fallback(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Told of every answered request, for our own metrics. */
  observe?(route: string, status: number, seconds: number): void;
}

/** Headers every answer carries: nothing here is for other origins, frames or guesses at its type. */
const SECURITY_HEADERS: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'SAMEORIGIN',
};

/** The listener of the monitor's HTTP server: routes of ours first, pages for the rest. */
export function createListener(options: ServerOptions) {
  return (message: IncomingMessage, response: ServerResponse): void => {
    answer(message, response, options).catch((error) => {
      options.logger.error({ err: error }, 'request failed');
      response.destroy();
    });
  };
}

async function answer(message: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const started = performance.now();
  const requestId = randomUUID();
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const method = message.method ?? 'GET';
  const url = parseUrl(message.url ?? '/');
  let match: RouteMatch | undefined;
  let result: HttpAnswer;
  try {
    if (!url) throw new HttpError(400, 'malformed', 'the request URL is malformed');
    match = options.router.match(method, url.pathname);
    if (!match) {
      if (url.pathname === '/api' || url.pathname.startsWith('/api/')) {
        throw new HttpError(404, 'not_found', `there is no ${url.pathname.slice(0, 200)}`);
      }
      if (mayRead(message, url, options.guard)) {
        await options.fallback(message, response);
        return;
      }
      send(message, response, loginPage(401, ''), requestId);
      return;
    }
    refuseOtherSites(message);
    options.guard.check(message.headers, match.route.scope);
    result = await match.route.handle(toRequest(message, response, url, match, requestId, options));
  } catch (error) {
    const known = toHttpError(error);
    if (known.status === 500) options.logger.error({ err: error, requestId, path: url?.pathname }, 'request failed');
    if (match?.route.problem) result = match.route.problem(known, message.headers);
    else result = match?.route.influx ? influxProblem(known) : problemAnswer(known, requestId);
  }
  send(message, response, result, requestId);
  options.observe?.(match?.route.path ?? 'none', result.status, (performance.now() - started) / 1000);
}

/**
 * A page of another site must not make its reader's browser write here; browsers say where a request comes from, and
 * programs say nothing.
 * @source https://www.w3.org/TR/fetch-metadata/ (Sec-Fetch-Site)
 */
function refuseOtherSites({ method, headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  if (method === 'GET' || method === 'HEAD' || site === undefined || site === 'same-origin' || site === 'none') return;
  throw new HttpError(403, 'forbidden', 'requests that change something are not taken from other sites');
}

/** Pages are for readers; what they are made of (scripts, styles, fonts) tells nothing and is for everyone. */
function mayRead(message: IncomingMessage, url: URL, guard: TokenGuard): boolean {
  if (url.pathname.startsWith('/_next/static/')) return true;
  try {
    guard.check(message.headers, 'read');
    return true;
  } catch {
    return false;
  }
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text, 'http://localhost') ? new URL(text, 'http://localhost') : undefined;
}

function toRequest(
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  match: RouteMatch,
  requestId: string,
  options: ServerOptions,
): HttpRequest {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    params: match.params,
    query: url.searchParams,
    headers: message.headers,
    requestId,
    signal: gone.signal,
    body: () => readBody(message, options.limits ?? BODY_LIMITS),
  };
}

function send(message: IncomingMessage, response: ServerResponse, answer: HttpAnswer, requestId: string): void {
  if (response.headersSent || response.destroyed) return;
  if (!message.complete && answer.status >= 400) {
    // The rest of a refused body is not worth reading: answer and hang up.
    response.setHeader('connection', 'close');
    response.once('finish', () => message.destroy());
  }
  response.statusCode = answer.status;
  response.setHeader('x-request-id', requestId);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.stream) {
    response.flushHeaders();
    answer.stream(sinkOf(response));
  } else if (message.method === 'HEAD' || answer.body === undefined) response.end();
  else {
    const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    response.setHeader('content-length', body.length);
    response.end(body);
  }
}

function sinkOf(response: ServerResponse): StreamSink {
  return {
    write: (text) => {
      if (response.destroyed || response.writableLength > STREAM_BACKLOG_BYTES) {
        response.destroy();
        return false;
      }
      response.write(text);
      return true;
    },
    end: () => response.end(),
    onClose: (listener) => response.on('close', listener),
  };
}
