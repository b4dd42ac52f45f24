import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { linkedStop } from '../../lib/collect/linked-stop.ts';
import type { HttpAuthProfile } from '../../lib/config/auths.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { TlsConfig } from './config.ts';
import type { PageFormat } from './exposition.ts';
import { TlsFiles, tlsProblem } from './tls.ts';

const gunzip = promisify(zlib.gunzip);

const ACCEPT_PAGE = 'text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.8,*/*;q=0.1';

export interface HttpOptions {
  auth?: HttpAuthProfile | undefined;
  tls: TlsConfig;
  timeoutMs: number;
  maxBodyBytes: number;
}

export interface Page {
  body: Buffer;
  format: PageFormat;
  contentType: string;
  /** When its server says it sent it, Unix ms in whole seconds; NaN where it does not. @source RFC 9110 section 6.6.1 */
  dateMs: number;
}

/** Address of a page as it may be shown: a query may hold a token. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Reads pages over one kept-alive connection per exporter. */
export class HttpReader {
  private agent: http.Agent | undefined;
  private readonly tls: TlsFiles;

  constructor(private readonly options: HttpOptions) {
    this.tls = new TlsFiles(options.tls);
  }

  /**
   * One page; no redirects.
   * @throws CollectorError in one sentence: `unreachable`, `timeout`, `unauthorized`, `too_large` or `malformed`
   */
  async get(url: URL, signal: AbortSignal, accept = ACCEPT_PAGE): Promise<Page> {
    const { timeoutMs, maxBodyBytes } = this.options;
    const own = linkedStop(signal);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      own.stop();
    }, timeoutMs);
    try {
      const answer = await this.request(url, accept, own.signal).catch((error: unknown) => {
        // The server had ended the kept connection while the request was under way: nobody has read it.
        if (error instanceof ConnectionGone) return this.request(url, accept, own.signal);
        throw error;
      });
      const contentType = answer.headers['content-type'] ?? '';
      const packed = answer.headers['content-encoding'] ?? 'identity';
      if (!/^(?:x-)?gzip$|^identity$|^$/i.test(packed))
        throw new CollectorError('unsupported', 'sends a packing nobody asked for');
      const body = /gzip/i.test(packed) ? await gunzip(answer.body, { maxOutputLength: maxBodyBytes }) : answer.body;
      // What a cache kept says nothing of the time now.
      const dateMs = answer.headers.age === undefined ? Date.parse(answer.headers.date ?? '') : Number.NaN;
      return { body, contentType, format: contentType.includes('openmetrics') ? 'openmetrics' : 'text', dateMs };
    } catch (error) {
      throw signal.aborted ? error : describe(error, url, late, this.options);
    } finally {
      clearTimeout(timer);
      own.release();
    }
  }

  private async request(url: URL, accept: string, signal: AbortSignal): Promise<Answer> {
    const secure = url.protocol === 'https:';
    if (secure && this.tls.changed()) this.close();
    const shared = { keepAlive: true, maxSockets: 1 };
    this.agent ??= secure ? new https.Agent({ ...this.tls.options(), ...shared }) : new http.Agent(shared);
    const headers = {
      accept,
      // Exporters that ask devices of their own end in time with it.
      'x-prometheus-scrape-timeout-seconds': String(this.options.timeoutMs / 1000),
      'accept-encoding': 'gzip',
      'user-agent': 'stallscope',
      ...authorization(this.options.auth),
    };
    const { agent } = this;
    const { maxBodyBytes } = this.options;
    return await new Promise<Answer>((resolve, reject) => {
      const request = (secure ? https : http).get(url, { headers, agent, signal }, (response) => {
        const status = response.statusCode ?? 0;
        const announced = Number(response.headers['content-length'] ?? 0);
        if (status !== 200 || announced > maxBodyBytes) {
          response.destroy();
          reject(status === 200 ? tooLarge(maxBodyBytes) : new StatusError(status));
          return;
        }
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (part: Buffer) => {
          length += part.length;
          if (length <= maxBodyBytes) parts.push(part);
          else response.destroy(tooLarge(maxBodyBytes));
        });
        response.on('error', reject);
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const gone = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(gone ? new ConnectionGone(error.message, { cause: error }) : error);
      });
    });
  }

  close(): void {
    this.agent?.destroy();
    this.agent = undefined;
  }
}

interface Answer {
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** A connection kept from the request before was no more. */
class ConnectionGone extends Error {}

class StatusError extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

function tooLarge(limit: number): CollectorError {
  return new CollectorError('too_large', `the page is larger than maxBodyBytes (${limit})`);
}

function authorization(auth: HttpAuthProfile | undefined): Record<string, string> {
  if (auth === undefined) return {};
  if ('token' in auth) return { authorization: `Bearer ${auth.token}` };
  const pair = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function describe(error: unknown, url: URL, late: boolean, options: HttpOptions): CollectorError {
  const shown = shownUrl(url);
  const fail = (code: CollectorError['code'], text: string) =>
    new CollectorError(code, `${shown} ${text}`, { cause: error, retryable: true });
  if (late) return fail('timeout', `did not answer within ${options.timeoutMs} ms`);
  if (error instanceof StatusError) return fail(...statusText(error.status, options.auth !== undefined));
  if (error instanceof CollectorError) return fail(error.code, `cannot be read: ${error.message}`);
  const code = (error as NodeJS.ErrnoException).code;
  const problem = url.protocol === 'https:' ? tlsProblem(error, options.tls) : undefined;
  if (problem !== undefined) return fail('unauthorized', problem);
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return fail('too_large', `cannot be read: ${tooLarge(options.maxBodyBytes).message}`);
  if (code?.startsWith('Z_') === true) return fail('malformed', 'says gzip but sends something else');
  if (code === 'ECONNREFUSED') return fail('unreachable', 'refuses connections: is the exporter running?');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return fail('unreachable', 'has a host name nobody knows');
  return fail('unreachable', `cannot be read: ${errorMessage(error) || code || 'connection lost'}`);
}

function statusText(status: number, withAuth: boolean): [CollectorError['code'], string] {
  if (status === 401 || status === 403) {
    return [
      'unauthorized',
      `answers ${status}: ${withAuth ? 'it does not accept the auth profile' : 'it wants credentials, set auth'}`,
    ];
  }
  if (status === 404) return ['not_found', 'answers 404: is the path of the page right?'];
  if (status >= 300 && status < 400)
    return ['unsupported', `answers ${status}, a redirect: write the address it points to`];
  return ['unavailable', `answers ${status}`];
}
