import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
  sensitiveHeaders,
} from 'node:http2';
import { CollectorError } from '../../../lib/errors.ts';
import { GrpcCall } from './call.ts';
import type { KeepaliveInterval } from './keepalive.ts';
import { ACCEPTED_ENCODINGS } from './message-reader.ts';
import { openSocket, type TlsOptions } from './socket.ts';
import { nameOfReset } from './status.ts';
import { cleaned, reasonText } from './text.ts';

/** Bytes a device may send ahead of us, of a call and of the connection. */
const WINDOW_BYTES = 1_048_576;
const PING_TIMEOUT_MS = 20_000;
/** Metadata that no table of header compression may keep. */
const SECRET_METADATA = ['authorization', 'password'];

export interface ChannelOptions {
  /** host:port */
  authority: string;
  /** null = in the clear. */
  tls: TlsOptions | null;
  maxMessageBytes: number;
  /** How long it may take until the server speaks HTTP/2, ms: connection, TLS and its first frame. */
  connectTimeoutMs: number;
  keepalive: KeepaliveInterval;
  pingTimeoutMs?: number;
  /** Sent with every call. */
  metadata: Readonly<Record<string, string>>;
  /** Takes secrets out of a text of the server. */
  hide: (text: string) => string;
}

/**
 * One connection to a gRPC server, over Node's HTTP/2. A call's messages are handed on as they lie in what the network
 * brought: at a thousand messages a second, layers between would cost more than reading them.
 * @source gRPC over HTTP/2, PROTOCOL-HTTP2.md
 */
export class GrpcChannel {
  private readonly session: ClientHttp2Session;
  private readonly connecting: NodeJS.Timeout;
  private readonly pings: NodeJS.Timeout;
  private failure: CollectorError | undefined;
  private calls = 0;
  /** Whether anything came since the last time a ping was due. */
  private lively = false;

  constructor(private readonly options: ChannelOptions) {
    const { authority, tls, connectTimeoutMs, keepalive } = options;
    const pingEveryMs = keepalive.ms;
    this.session = connect(`${tls === null ? 'http' : 'https'}://${authority}`, {
      createConnection: (url) => openSocket(url, tls),
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    this.connecting = setTimeout(() => this.fail('timeout', this.unheard(connectTimeoutMs)), connectTimeoutMs);
    this.session.on('error', (error) => {
      this.failure ??= unavailable(cleaned(options.hide(reasonText(error))), error);
    });
    this.session.on('goaway', (code, _, reason) => {
      if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM) keepalive.tooOften(pingEveryMs);
      this.failure ??= this.goodbye(code, reason);
    });
    this.session.once('connect', () => {
      // Node tells of the connection even where it was closed while it was being made.
      if (!this.session.destroyed) this.session.setLocalWindowSize(WINDOW_BYTES);
    });
    // What a server begins with. @source RFC 9113, section 3.4
    this.session.once('remoteSettings', () => clearTimeout(this.connecting));
    this.session.once('close', () => this.stopTimers());
    this.pings = setInterval(() => this.ping(), pingEveryMs);
    this.pings.unref();
  }

  /**
   * @param received called with every message, whose bytes are valid until it returns; what it throws ends the call
   * @throws CollectorError where the connection is gone
   */
  call(path: string, received: (message: Buffer) => void, headers: OutgoingHttpHeaders = {}): GrpcCall {
    let stream: ClientHttp2Stream;
    try {
      stream = this.session.request({
        ...headers,
        ...this.options.metadata,
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        'grpc-accept-encoding': ACCEPTED_ENCODINGS,
        te: 'trailers',
        'user-agent': 'stallscope',
        [sensitiveHeaders]: SECRET_METADATA,
      });
    } catch (error) {
      throw this.failure ?? unavailable(reasonText(error), error);
    }
    this.calls++;
    stream.once('close', () => {
      this.calls--;
    });
    return new GrpcCall(stream, {
      maxMessageBytes: this.options.maxMessageBytes,
      hide: this.options.hide,
      received,
      heard: () => {
        this.lively = true;
      },
      lost: (error) => this.lost(error),
    });
  }

  /**
   * One question and its answer.
   * @throws CollectorError `timeout` after `timeoutMs`, `cancelled`, or what the server says
   */
  async ask(path: string, question: Buffer, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
    const answers: Buffer[] = [];
    const received = (message: Buffer): void => {
      if (answers.push(Buffer.from(message)) > 1)
        throw new CollectorError('malformed', 'the device gives several answers to one question');
    };
    const call = this.call(path, received, { 'grpc-timeout': deadlineOf(timeoutMs) });
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
      // Where there is no connection yet, that says more.
      throw (
        this.failure ??
        new CollectorError('timeout', `DEADLINE_EXCEEDED: no answer within ${timeoutMs} ms`, { cause: error })
      );
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
    const [answer] = answers;
    if (answer === undefined) throw new CollectorError('malformed', 'the device answers without a message');
    return answer;
  }

  close(): void {
    this.fail('cancelled', 'the connection was closed');
  }

  private lost(error: Error | undefined): CollectorError | null {
    if (this.failure !== undefined || !this.session.destroyed) return this.failure ?? null;
    // The connection tells its calls before it tells us, and in the words of the call where it has none.
    const own = error === undefined || (error as NodeJS.ErrnoException).code === 'ERR_HTTP2_STREAM_ERROR';
    return unavailable(own ? 'the device closed the connection' : reasonText(error), error);
  }

  private fail(code: 'timeout' | 'cancelled', message: string): void {
    this.failure ??= new CollectorError(code, message);
    this.stopTimers();
    this.session.destroy();
  }

  private stopTimers(): void {
    clearTimeout(this.connecting);
    clearInterval(this.pings);
  }

  private unheard(ms: number): string {
    if (!this.session.connecting) return `it took the connection, but has not spoken HTTP/2 within ${ms} ms`;
    return `no ${this.options.tls === null ? '' : 'TLS '}connection within ${ms} ms`;
  }

  /** What a device says before it ends the connection. @source RFC 9113, section 6.8 */
  private goodbye(code: number, reason: Uint8Array | undefined): CollectorError {
    const text = cleaned(this.options.hide(Buffer.from(reason ?? []).toString('utf8')), 100);
    if (code === constants.NGHTTP2_NO_ERROR)
      return unavailable(
        `the device is closing its connections, as before a restart${text === '' ? '' : ` (${text})`}`,
      );
    const calmer = code === constants.NGHTTP2_ENHANCE_YOUR_CALM ? '; pings go out half as often from now on' : '';
    return unavailable(`the device hung up: ${text === '' ? nameOfReset(code) : text}${calmer}`);
  }

  /** Only where a call is open and nothing comes: servers count pings. @source grpc/proposal A8 */
  private ping(): void {
    const needed = this.calls > 0 && !this.lively && !this.session.connecting && !this.session.destroyed;
    this.lively = false;
    if (!needed) return;
    const timer = setTimeout(() => {
      this.fail('timeout', 'the device does not answer: the connection is dead');
    }, this.options.pingTimeoutMs ?? PING_TIMEOUT_MS);
    if (!this.session.ping(() => clearTimeout(timer))) clearTimeout(timer);
  }
}

function unavailable(reason: string, cause?: unknown): CollectorError {
  return new CollectorError('unreachable', `UNAVAILABLE: ${reason}`, cause === undefined ? {} : { cause });
}

/** At most eight digits and a unit. @source gRPC over HTTP/2, Timeout */
function deadlineOf(ms: number): string {
  return ms < 100_000_000 ? `${Math.ceil(ms)}m` : `${Math.ceil(ms / 1000)}S`;
}
