import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { SecureContext } from 'node:tls';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import { ACCEPTED_ENCODINGS, MessageReader } from './message-reader.ts';
import { errorOfHttp, errorOfStatus } from './status.ts';

/** Bytes a device may send ahead of us, of a call and of the connection. */
const WINDOW_BYTES = 1_048_576;
const PING_TIMEOUT_MS = 20_000;

export interface ChannelOptions {
  /** host:port */
  authority: string;
  /** null = in the clear. */
  tls: { secureContext: SecureContext; servername?: string; rejectUnauthorized: boolean } | null;
  maxMessageBytes: number;
  /** How often a connection is asked whether it still lives, ms. */
  keepaliveMs: number;
  /** Sent with every call. */
  metadata: Readonly<Record<string, string>>;
}

/** A call that is open. */
export interface GrpcCall {
  send(message: Buffer): void;
  /** No more messages will be sent. */
  finish(): void;
  cancel(): void;
  /** Fulfilled when the server ended it in good order; rejects with the CollectorError that ended it otherwise. */
  ended: Promise<void>;
}

/**
 * One connection to a gRPC server, over Node's HTTP/2. A call's messages are handed on as they lie in what the network
 * brought: at a thousand messages a second, layers between would cost more than reading them.
 * @source gRPC over HTTP/2, PROTOCOL-HTTP2.md
 */
export class GrpcChannel {
  private readonly session: ClientHttp2Session;
  private readonly pings: NodeJS.Timeout;
  private failure: Error | undefined;

  constructor(private readonly options: ChannelOptions) {
    const { authority, tls } = options;
    this.session = connect(`${tls === null ? 'http' : 'https'}://${authority}`, {
      ...tls,
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    this.session.on('error', (error) => {
      this.failure ??= error;
    });
    this.session.on('goaway', (code, _, reason) => {
      if (code !== constants.NGHTTP2_NO_ERROR)
        this.failure ??= new Error(`the device hung up: ${reason?.toString('latin1').slice(0, 100) || `code ${code}`}`);
    });
    this.session.once('connect', () => {
      // Node tells of the connection even where it was closed while it was being made.
      if (!this.session.destroyed) this.session.setLocalWindowSize(WINDOW_BYTES);
    });
    this.pings = setInterval(() => this.ping(), options.keepaliveMs);
    this.pings.unref();
  }

  /** @param received called with every message, whose bytes are valid until it returns; what it throws ends the call */
  call(path: string, received: (message: Buffer) => void): GrpcCall {
    let stream: ClientHttp2Stream;
    try {
      stream = this.session.request({
        ...this.options.metadata,
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        'grpc-accept-encoding': ACCEPTED_ENCODINGS,
        te: 'trailers',
        'user-agent': 'stallscope',
      });
    } catch (error) {
      throw new CollectorError('unreachable', errorMessage(this.failure ?? error), { cause: error });
    }
    let cancelled = false;
    return {
      send: (message) => stream.write(framed(message)),
      finish: () => stream.end(),
      cancel: () => {
        cancelled = true;
        stream.close(constants.NGHTTP2_CANCEL);
      },
      ended: this.follow(stream, received).catch((error: unknown) => {
        throw cancelled ? new CollectorError('cancelled', 'the call was cancelled', { cause: error }) : error;
      }),
    };
  }

  /**
   * One question and its answer.
   * @throws CollectorError `timeout` after `timeoutMs`, `cancelled`, or what the server says
   */
  async ask(path: string, question: Buffer, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
    let answer: Buffer | undefined;
    const call = this.call(path, (message) => {
      answer = Buffer.from(message);
    });
    call.send(question);
    call.finish();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      call.cancel();
    }, timeoutMs);
    const stop = (): void => call.cancel();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await call.ended;
    } catch (error) {
      if (!late) throw error;
      throw new CollectorError('timeout', `DEADLINE_EXCEEDED: no answer within ${timeoutMs} ms`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
    return answer ?? Buffer.alloc(0);
  }

  close(): void {
    clearInterval(this.pings);
    this.session.destroy();
  }

  private follow(stream: ClientHttp2Stream, received: (message: Buffer) => void): Promise<void> {
    const reader = new MessageReader(this.options.maxMessageBytes);
    /** How the call ended, as far as the server or we have said; null = in good order. */
    let outcome: Error | null | undefined;
    const take = (headers: Record<string, unknown>): void => {
      const status = headers['grpc-status'];
      if (status === undefined) return;
      outcome ??= Number(status) === 0 ? null : errorOfStatus(Number(status), String(headers['grpc-message'] ?? ''));
    };
    stream.on('response', (headers) => {
      if (headers[':status'] !== 200) outcome = errorOfHttp(Number(headers[':status']));
      reader.encoding = String(headers['grpc-encoding'] ?? 'identity');
      take(headers);
    });
    stream.on('trailers', take);
    // Our side of a Subscribe call stays open: it is ours to close when the device has closed its own.
    stream.on('end', () => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.on('data', (chunk: Buffer) => {
      if (outcome !== undefined) return;
      try {
        reader.read(chunk, received);
      } catch (error) {
        outcome = error as Error;
        stream.close(constants.NGHTTP2_CANCEL);
      }
    });
    return new Promise((resolve, reject) => {
      let broken: Error | undefined;
      stream.on('error', (error) => {
        broken = error;
      });
      // The connection may say only after its calls why it broke.
      stream.on('close', () =>
        setImmediate(() => {
          if (outcome === null) resolve();
          else reject(outcome ?? this.reasonOf(stream, broken));
        }),
      );
    });
  }

  private reasonOf(stream: ClientHttp2Stream, broken: Error | undefined): CollectorError {
    const cause = this.failure ?? broken;
    if (cause !== undefined) return new CollectorError('unreachable', `UNAVAILABLE: ${errorMessage(cause)}`, { cause });
    if (stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM)
      return new CollectorError('unreachable', 'UNAVAILABLE: the device wants fewer messages');
    return new CollectorError('unreachable', 'UNAVAILABLE: the device closed the connection');
  }

  private ping(): void {
    const timer = setTimeout(() => this.session.destroy(new Error('no answer to a ping')), PING_TIMEOUT_MS);
    const asked = this.session.destroyed || !this.session.ping(() => clearTimeout(timer));
    if (asked) clearTimeout(timer);
  }
}

function framed(message: Buffer): Buffer {
  const bytes = Buffer.alloc(5 + message.length);
  bytes.writeUInt32BE(message.length, 1);
  message.copy(bytes, 5);
  return bytes;
}
