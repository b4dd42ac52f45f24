import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const gzip = promisify(zlib.gzip);
/** As the official Influx client does: smaller bodies are not worth compressing. */
const GZIP_FROM_BYTES = 1000;
const MOST_ANSWER_BYTES = 1024 * 1024;

export interface PostOptions {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  gzip: boolean;
  /** From the first byte sent to the last received. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface PostAnswer {
  status: number;
  retryAfter: string | undefined;
  body: string;
}

/** Posts bodies to one server over kept-alive connections. */
export class Poster {
  private readonly plain = new http.Agent({ keepAlive: true, maxSockets: 2 });
  private readonly tls = new https.Agent({ keepAlive: true, maxSockets: 2 });

  /**
   * One request, no redirects. Resolves with whatever the server answered.
   * @throws Error where there was no whole answer in time
   */
  async post(options: PostOptions): Promise<PostAnswer> {
    const compress = options.gzip && options.body.length > GZIP_FROM_BYTES;
    const body = compress ? await gzip(options.body, { level: 1 }) : options.body;
    const secure = options.url.protocol === 'https:';
    const headers = {
      ...options.headers,
      'content-length': String(body.length),
      ...(compress ? { 'content-encoding': 'gzip' } : {}),
    };
    return await new Promise<PostAnswer>((resolve, reject) => {
      const send = secure ? https.request : http.request;
      const agent = secure ? this.tls : this.plain;
      const request = send(options.url, { method: 'POST', headers, agent }, (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (part: Buffer) => {
          length += part.length;
          if (length <= MOST_ANSWER_BYTES) parts.push(part);
        });
        response.on('error', fail);
        response.on('end', () => {
          done();
          resolve({
            status: response.statusCode ?? 0,
            retryAfter: response.headers['retry-after'],
            body: Buffer.concat(parts).toString('utf8'),
          });
        });
      });
      const stop = (): void => void request.destroy(new Error('stopped'));
      const timer = setTimeout(() => request.destroy(new Error('no answer in time')), options.timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        options.signal.removeEventListener('abort', stop);
      };
      const fail = (error: Error): void => {
        done();
        reject(error);
      };
      options.signal.addEventListener('abort', stop, { once: true });
      request.on('error', fail);
      if (options.signal.aborted) stop();
      request.end(body);
    });
  }

  close(): void {
    this.plain.destroy();
    this.tls.destroy();
  }
}
