import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorMessage, StoreError } from '../errors.ts';
import { cancelled } from './checks.ts';

const compress = promisify(gzip);

/** Longest a database may take over one request, ms. */
const TIMEOUT_MS = 30_000;

/** One request to a database. */
export interface RemoteRequest {
  /** What was asked, for messages: "InfluxDB at influx:8086". */
  who: string;
  url: URL;
  headers?: Readonly<Record<string, string>>;
  /** Line protocol or a query; left out: GET. */
  body?: string;
  signal?: AbortSignal | undefined;
}

/**
 * Asks a database over HTTP.
 * @throws StoreError that names the database and never a token: retryable where the request may go well later
 */
export async function askRemote({ who, url, headers, body, signal }: RemoteRequest): Promise<Response> {
  if (signal?.aborted) throw cancelled();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    headers: { ...headers, ...(body === undefined ? {} : { 'content-encoding': 'gzip' }) },
    redirect: 'error',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  };
  let response: Response;
  try {
    if (body !== undefined) Object.assign(init, { method: 'POST', body: await compress(body, { level: 1 }) });
    response = await fetch(url, init);
  } catch (error) {
    if (signal?.aborted) throw cancelled();
    throw unreachable(who, error);
  }
  if (response.ok) return response;
  const said = (await response.text().catch(() => '')).slice(0, 300).trim();
  throw refused(who, response.status, said);
}

/** A request that got no answer. */
export function unreachable(who: string, error: unknown): StoreError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : errorMessage(cause);
  return new StoreError('unavailable', `${who}: ${reason}`, { retryable: true });
}

/** An answer that is a failure. */
export function refused(who: string, status: number, said: string): StoreError {
  if (status === 401 || status === 403) {
    // Whoever writes to us is not to blame, and what waits can still be written once the token is right.
    return new StoreError('unavailable', `${who} refuses the token (${status}): correct store.token`, {
      retryable: true,
    });
  }
  const retryable = status === 429 || status === 408 || status >= 500;
  return new StoreError(retryable ? 'unavailable' : 'store', `${who} answers ${status}: ${said}`, { retryable });
}
