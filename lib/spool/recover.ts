import { closeSync, constants, fstatSync, ftruncateSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SpoolPosition } from './cursor.ts';
import { readAt, scanSegment } from './segment.ts';

/** One file of the queue. */
export interface Segment {
  id: number;
  /** Bytes of whole frames. */
  bytes: number;
  /** Items in the segment that are not acknowledged. */
  items: number;
}

const NAME = /^(\d{10})\.seg$/;

/** File name of a segment. */
export function segmentName(id: number): string {
  return `${String(id).padStart(10, '0')}.seg`;
}

/** The segments a directory holds, oldest first; those that are acknowledged are removed, torn tails cut off. */
export function recoverSegments(directory: string, acked: SpoolPosition): Segment[] {
  const ids = readdirSync(directory)
    .map((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
    .filter((id) => Number.isFinite(id))
    .sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const id of ids) {
    const path = join(directory, segmentName(id));
    if (id < acked.segment) {
      unlinkSync(path);
      continue;
    }
    const fd = openSync(path, constants.O_RDWR);
    try {
      const size = fstatSync(fd).size;
      const from = id === acked.segment ? Math.min(acked.offset, size) : 0;
      const scan = scanSegment(readAt(fd, 0, size), from);
      // A damaged frame ends its segment: whatever stands behind it cannot be told apart from noise.
      if (scan.validBytes < size) ftruncateSync(fd, scan.validBytes);
      segments.push({ id, bytes: scan.validBytes, items: scan.items });
    } finally {
      closeSync(fd);
    }
  }
  return segments;
}
