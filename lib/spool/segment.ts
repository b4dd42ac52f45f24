import { readSync } from 'node:fs';
import { crc32 } from './crc32.ts';

/** Frame: u32 payload length, u32 crc of items and payload, u32 items in the payload; then the payload. Little endian. */
export const FRAME_HEADER_BYTES = 12;

/** One record as it comes back. `items` is what the appender said the record holds (lines, events). */
export interface SpoolRecord {
  payload: Buffer;
  items: number;
}

/** What is written before a payload; into the first bytes of `header`. */
export function encodeHeader(header: Buffer, payload: Uint8Array, items: number): void {
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(items >>> 0, 8);
  header.writeUInt32LE(crc32(payload, crc32(header.subarray(8, FRAME_HEADER_BYTES))), 4);
}

export interface FrameRead {
  record: SpoolRecord;
  /** Offset of the byte after this frame. */
  end: number;
}

/** The whole frame at `offset` of `bytes`, its payload still in there; undefined where it is torn, damaged or absent. */
export function decodeFrame(bytes: Buffer, offset: number): FrameRead | undefined {
  if (offset + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const end = offset + FRAME_HEADER_BYTES + length;
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(offset + 8, end)) !== bytes.readUInt32LE(offset + 4)) return undefined;
  const payload = bytes.subarray(offset + FRAME_HEADER_BYTES, end);
  return { record: { payload, items: bytes.readUInt32LE(offset + 8) }, end };
}

/** Reads [offset, offset + length) of an open file into the front of `into`; shorter where the file ends. */
export function readAt(fd: number, offset: number, length: number, into = Buffer.allocUnsafe(length)): Buffer {
  let filled = 0;
  while (filled < length) {
    const read = readSync(fd, into, filled, length - filled, offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return into.subarray(0, filled);
}

/** What a walk over a segment found. */
export interface SegmentScan {
  /** Bytes of whole, undamaged frames from the start. */
  validBytes: number;
  items: number;
  records: number;
}

/** Walks a segment's frames up to the first torn or damaged one, from `offset` (a frame boundary). */
export function scanSegment(bytes: Buffer, offset = 0): SegmentScan {
  const scan: SegmentScan = { validBytes: offset, items: 0, records: 0 };
  for (;;) {
    const frame = decodeFrame(bytes, scan.validBytes);
    if (frame === undefined) return scan;
    scan.validBytes = frame.end;
    scan.items += frame.record.items;
    scan.records++;
  }
}
