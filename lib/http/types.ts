import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { TokenScope } from '../config/server.ts';
import type { HttpError } from './http-error.ts';

/** A request as handlers see it, whatever server it came through. */
export interface HttpRequest {
  method: string;
  path: string;
  /** Decoded parts of the path. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Named in every problem document and in the log. */
  requestId: string;
  /** Fires when the client has gone. */
  signal: AbortSignal;
  /**
   * The whole body, decompressed.
   * @throws HttpError 413 beyond the limit, 400 where it cannot be decompressed
   */
  body(): Promise<Buffer>;
}

/** Where a streamed answer goes. `write` says false once the client reads too slowly to go on. */
export interface StreamSink {
  write(text: string): boolean;
  end(): void;
  onClose(listener: () => void): void;
}

export interface HttpAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Instead of `body`: keeps the connection open. */
  stream?: (sink: StreamSink) => void;
}

/** One documented answer of a route. */
export interface AnswerSpec {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
}

/** One path and method with everything its handler and its documentation need. */
export interface Route {
  method: 'GET' | 'POST' | 'HEAD';
  /** With `{name}` for parts; a part never spans "/". */
  path: string;
  summary: string;
  /** Which token scope it takes where tokens are configured; `open` takes none. */
  scope: TokenScope | 'open';
  query?: z.ZodObject;
  params?: z.ZodObject;
  body?: { description: string; contentTypes: Record<string, z.ZodType> };
  answers: Record<number, AnswerSpec>;
  /** Left out of the document: aliases that only other programs' clients know. */
  undocumented?: boolean;
  /** Writes answer failures in Influx's form. */
  influx?: boolean;
  /** Answers failures in a form of its own. */
  problem?: (error: HttpError, headers: IncomingHttpHeaders) => HttpAnswer;
  handle(request: HttpRequest): Promise<HttpAnswer> | HttpAnswer;
}
