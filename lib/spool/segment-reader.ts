import { closeSync, constants, openSync } from 'node:fs';
import { decodeFrame, FRAME_HEADER_BYTES, readAt, type SpoolRecord } from './segment.ts';

/** Records read from one segment. */
export interface SegmentRead {
  records: SpoolRecord[];
  /** The payloads one behind the other. */
  body: Buffer;
  items: number;
  /** Offset behind the last record. */
  end: number;
}

/**
 * Reads records from segment files, into one buffer that every read uses again: at tens of megabytes a second a new one
 * each time would keep the garbage collector busy. A read is valid until the next.
 */
export class SegmentReader {
  private fd = -1;
  private id = -1;
  private buffer = Buffer.alloc(0);

  /**
   * Whole records from `from` on: at least one, and as many as fit in `maxBytes` of payload.
   * @param size bytes of the segment that hold records
   * @returns undefined where the first record is damaged
   */
  read(path: string, id: number, from: number, size: number, maxBytes: number): SegmentRead | undefined {
    this.use(path, id);
    let bytes = this.bytes(from, Math.min(size - from, maxBytes + FRAME_HEADER_BYTES));
    if (bytes.length < FRAME_HEADER_BYTES) return undefined;
    const firstLength = FRAME_HEADER_BYTES + bytes.readUInt32LE(0);
    if (firstLength > bytes.length && from + firstLength <= size) bytes = this.bytes(from, firstLength);
    const records: SpoolRecord[] = [];
    let items = 0;
    let length = 0;
    let offset = 0;
    for (;;) {
      const frame = decodeFrame(bytes, offset);
      if (frame === undefined) break;
      const { payload } = frame.record;
      if (records.length > 0 && length + payload.length > maxBytes) break;
      // Payloads move together over the headers between them.
      bytes.copyWithin(length, frame.end - payload.length, frame.end);
      records.push({ payload: bytes.subarray(length, length + payload.length), items: frame.record.items });
      length += payload.length;
      items += frame.record.items;
      offset = frame.end;
    }
    return records.length > 0 ? { records, body: bytes.subarray(0, length), items, end: from + offset } : undefined;
  }

  /** A segment is about to be removed. */
  forget(id: number): void {
    if (this.id === id) this.close();
  }

  close(): void {
    if (this.id >= 0) closeSync(this.fd);
    this.id = -1;
  }

  private use(path: string, id: number): void {
    if (this.id === id) return;
    this.close();
    this.fd = openSync(path, constants.O_RDONLY);
    this.id = id;
  }

  private bytes(from: number, length: number): Buffer {
    if (this.buffer.length < length) this.buffer = Buffer.allocUnsafeSlow(length);
    return readAt(this.fd, from, length, this.buffer);
  }
}
