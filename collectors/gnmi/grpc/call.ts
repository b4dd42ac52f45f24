import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { CollectorError } from '../../../lib/errors.ts';
import { MessageReader } from './message-reader.ts';
import { errorOfHttp, errorOfReset, errorOfStatus } from './status.ts';
import { cleaned } from './text.ts';

export interface CallOptions {
  maxMessageBytes: number;
  /** Takes secrets out of a text of the server. */
  hide: (text: string) => string;
  /** Called with every message, whose bytes are valid until it returns; what it throws ends the call. */
  received: (message: Buffer) => void;
  /** Something came. */
  heard: () => void;
  /** Why the connection is lost; null = it is not. `error` is what the call was told. */
  lost: (error: Error | undefined) => CollectorError | null;
}

/** Null = in good order. */
interface Outcome {
  error: Error | null;
}

/**
 * One call on a connection, from its first header to its status.
 * @source gRPC over HTTP/2, PROTOCOL-HTTP2.md
 */
export class GrpcCall {
  /** Fulfilled when the server ended it in good order; rejects with the CollectorError that ended it otherwise. */
  readonly ended: Promise<void>;
  private readonly reader: MessageReader;
  private settle!: (outcome: Outcome) => void;
  /** How the call ended, as far as the server or we have said. */
  private outcome: Outcome | undefined;
  /** A status that came before the end, where gRPC has none: counts only where no other comes. */
  private early: Outcome | undefined;
  private broken: Error | undefined;

  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly options: CallOptions,
  ) {
    this.reader = new MessageReader(options.maxMessageBytes);
    this.ended = new Promise((resolve, reject) => {
      this.settle = ({ error }) => (error === null ? resolve() : reject(error));
    });
    stream.on('response', (headers, flags) => this.begun(headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0));
    stream.on('trailers', (headers) => {
      this.outcome ??= this.statusOf(headers);
    });
    stream.on('data', (chunk: Buffer) => this.take(chunk));
    // Our side of a Subscribe call stays open: it is ours to close when the device has closed its own.
    stream.on('end', () => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.on('error', (error) => {
      this.broken = error;
    });
    // The connection may say only after its calls why it broke.
    stream.on('close', () => setImmediate(() => this.settle(this.result())));
  }

  send(message: Buffer): void {
    const bytes = Buffer.alloc(5 + message.length);
    bytes.writeUInt32BE(message.length, 1);
    message.copy(bytes, 5);
    this.stream.write(bytes);
  }

  /** No more messages will be sent. */
  finish(): void {
    this.stream.end();
  }

  cancel(): void {
    this.end(new CollectorError('cancelled', 'the call was cancelled'));
  }

  /** Ends it from our side: at once for the caller, whatever the connection makes of it. */
  private end(error: Error): void {
    this.outcome ??= { error };
    this.settle(this.outcome);
    // HTTP/2 closes a call only on a connection that is there.
    if (this.stream.pending) this.stream.destroy();
    else this.stream.close(constants.NGHTTP2_CANCEL);
  }

  private begun(headers: IncomingHttpHeaders & IncomingHttpStatusHeader, last: boolean): void {
    this.options.heard();
    const status = this.statusOf(headers);
    if (last) this.outcome ??= status;
    else this.early = status;
    const foreign = status === undefined ? foreignAnswer(headers) : null;
    if (foreign !== null) this.end(foreign);
    this.reader.encoding = String(headers['grpc-encoding'] ?? 'identity');
  }

  private take(chunk: Buffer): void {
    if (this.outcome !== undefined) return;
    this.options.heard();
    try {
      this.reader.read(chunk, this.options.received);
    } catch (error) {
      this.end(error as Error);
    }
  }

  private statusOf(headers: IncomingHttpHeaders): Outcome | undefined {
    const status = headers['grpc-status'];
    if (status === undefined) return undefined;
    return { error: errorOfStatus(String(status), String(headers['grpc-message'] ?? ''), this.options.hide) };
  }

  private result(): Outcome {
    const { rstCode } = this.stream;
    const wasReset = rstCode !== undefined && rstCode !== constants.NGHTTP2_NO_ERROR;
    const outcome = this.outcome ?? (wasReset ? undefined : this.early);
    if (outcome === undefined) return { error: this.options.lost(this.broken) ?? unfinished(wasReset ? rstCode : 0) };
    if (outcome.error !== null || this.reader.whole) return outcome;
    return { error: new CollectorError('malformed', 'the device ended its answer in the middle of a message') };
  }
}

/** The call is over and neither a status nor the connection says why. */
function unfinished(rstCode: number): CollectorError {
  if (rstCode !== constants.NGHTTP2_NO_ERROR) return errorOfReset(rstCode);
  return new CollectorError('unavailable', 'UNKNOWN: the device ended the call without a status');
}

/** What a proxy or another service says in place of a gRPC server. */
function foreignAnswer(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): CollectorError | null {
  if (headers[':status'] !== 200) return errorOfHttp(Number(headers[':status']));
  const type = headers['content-type'];
  if (type === undefined || /^application\/grpc($|[+;])/i.test(type)) return null;
  return new CollectorError('unavailable', `${cleaned(type, 60)} instead of an answer of gRPC`);
}
