import { type Cursor, VARINT } from '../../../lib/protobuf/cursor.ts';

/** What a Notification says beside its updates. */
export interface Head {
  /** NaN where the device gives none. */
  timestampMs: number;
  atomic: boolean;
  /** Where the prefix stands; empty without one. */
  prefixStart: number;
  prefixEnd: number;
  deletes: number;
  firstUpdate: number;
}

export function newHead(): Head {
  return { timestampMs: Number.NaN, atomic: false, prefixStart: 0, prefixEnd: 0, deletes: 0, firstUpdate: 0 };
}

/** Reads the head, whose fields may stand before, between or behind the updates. @throws ParseError */
export function readHead(cursor: Cursor, start: number, end: number, head: Head): void {
  head.timestampMs = Number.NaN;
  head.atomic = false;
  head.prefixStart = 0;
  head.prefixEnd = 0;
  head.deletes = 0;
  head.firstUpdate = end;
  cursor.position = start;
  while (cursor.position < end) {
    const at = cursor.position;
    cursor.tag(end);
    const { field, wire } = cursor;
    if (field === 4) {
      if (head.firstUpdate === end) head.firstUpdate = at;
      cursor.position = cursor.span(end);
    } else if (field === 1 && wire === VARINT) {
      cursor.varint(end);
      head.timestampMs = (cursor.high * 0x1_0000_0000 + cursor.low) / 1e6;
    } else if (field === 2) {
      head.prefixEnd = cursor.span(end);
      head.prefixStart = cursor.position;
      cursor.position = head.prefixEnd;
    } else if (field === 6 && wire === VARINT) {
      cursor.varint(end);
      head.atomic = cursor.low !== 0;
    } else {
      if (field === 5) head.deletes++;
      cursor.skip(end);
    }
  }
}
