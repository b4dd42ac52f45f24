import { gunzipSync, inflateSync } from 'node:zlib';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import { cleaned } from './text.ts';

/** Compressed or not, then the length of the message. @source gRPC over HTTP/2, Length-Prefixed-Message */
const HEAD_BYTES = 5;
const FIRST_BYTES = 2048;
/** Room for messages that come in pieces is kept up to this; a longer one is a rare thing. */
const MOST_KEPT_BYTES = 65_536;
const NOTHING = Buffer.alloc(0);

/** Encodings that a server may choose from. */
export const ACCEPTED_ENCODINGS = 'identity,gzip,deflate';
const UNPACK = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
]);

/**
 * Cuts the messages out of what a stream brings. Whole messages are handed on where they lie, without a copy: nearly all
 * of them come whole. The others, one in every frame of 16 KiB, are put together in one place that is used again.
 */
export class MessageReader {
  /** How compressed messages of this stream are, as its header says. */
  encoding = 'identity';
  private pending = NOTHING;
  private filled = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * @param received called with every message; its bytes are valid until it returns
   * @throws CollectorError `too_large` or `malformed`; whatever `received` throws
   */
  read(chunk: Buffer, received: (message: Buffer) => void): void {
    let at = this.filled === 0 ? 0 : this.complete(chunk, received);
    while (chunk.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + this.lengthAt(chunk, at);
      if (end > chunk.length) break;
      received(this.plain(chunk[at] ?? 0, chunk.subarray(at + HEAD_BYTES, end)));
      at = end;
    }
    if (at < chunk.length) this.keep(chunk, at, chunk.length);
  }

  /** Whether the stream may end here: not within a message. */
  get whole(): boolean {
    return this.filled === 0;
  }

  /** Fills up the message that began in an earlier chunk. @returns how much of this one it took */
  private complete(chunk: Buffer, received: (message: Buffer) => void): number {
    let at = 0;
    if (this.filled < HEAD_BYTES) {
      at = Math.min(chunk.length, HEAD_BYTES - this.filled);
      this.keep(chunk, 0, at);
      if (this.filled < HEAD_BYTES) return at;
    }
    const end = HEAD_BYTES + this.lengthAt(this.pending, 0);
    const stop = Math.min(chunk.length, at + end - this.filled);
    this.keep(chunk, at, stop);
    if (this.filled === end) {
      const whole = this.pending.subarray(0, end);
      this.filled = 0;
      if (this.pending.length > MOST_KEPT_BYTES) this.pending = NOTHING;
      received(this.plain(whole[0] ?? 0, whole.subarray(HEAD_BYTES)));
    }
    return stop;
  }

  /** Grows with what has come, not with what a length promises. */
  private keep(chunk: Buffer, from: number, to: number): void {
    const needed = this.filled + to - from;
    if (needed > this.pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * this.pending.length, needed));
      this.pending.copy(larger, 0, 0, this.filled);
      this.pending = larger;
    }
    chunk.copy(this.pending, this.filled, from, to);
    this.filled = needed;
  }

  private lengthAt(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32BE(at + 1);
    if (length > this.maxBytes)
      throw new CollectorError('too_large', `a message of ${length} bytes is longer than ${this.maxBytes}`);
    return length;
  }

  private plain(compressed: number, bytes: Buffer): Buffer {
    if (compressed === 0) return bytes;
    if (compressed !== 1) throw new CollectorError('malformed', `a message begins with ${compressed}, not with 0 or 1`);
    if (this.encoding === 'identity')
      throw new CollectorError('malformed', 'a message is marked as compressed, but its stream names no encoding');
    const unpack = UNPACK.get(this.encoding);
    if (unpack === undefined)
      throw new CollectorError(
        'malformed',
        `a message is compressed by ${cleaned(this.encoding, 40)}, where ${ACCEPTED_ENCODINGS} were offered`,
      );
    try {
      return unpack(bytes, { maxOutputLength: this.maxBytes });
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new CollectorError(
        tooLarge ? 'too_large' : 'malformed',
        tooLarge
          ? `an unpacked message is longer than ${this.maxBytes}`
          : `a message cannot be unpacked: ${errorMessage(error)}`,
        { cause: error },
      );
    }
  }
}
