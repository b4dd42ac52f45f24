import { ParseError } from '../../lib/errors.ts';
import { Cursor, VARINT } from '../../lib/protobuf/cursor.ts';

const LONGEST_NAME = 256;
const LONGEST_MESSAGE = 300;
/** More ports than any chassis has. */
const MAX_PORTS = 4096;
/** A segment is a cell of packet memory: some hundred bytes. */
const MAX_SEGMENT_BYTES = 1024 * 1024;

/** A queue is congested, still is, or no more. */
export interface CongestionRecord {
  /** By the switch's clock, Unix ms. */
  atMs: number;
  port: string;
  /** Traffic class 0..7; -1 = not told. */
  priority: number;
  /** One of LANZ_ENTRY; 0 where the switch does not say. */
  entry: number;
  /** Length of the queue, segments. */
  segments: number;
  /** Packets the queue has dropped. */
  drops: number;
}

/** A record of the stream; what is of no use here (the use of the whole buffer) is left out. */
export interface LanzMessage {
  config?: { segmentBytes: number; ports: number };
  congestion?: CongestionRecord;
  /** What the switch has to complain about. */
  error?: string;
}

/**
 * Reads a LanzRecord. Its `txLatency` has no unit and is not used.
 * @throws ParseError where the bytes are none
 * @source aristanetworks/goarista lanz/proto/lanz.proto
 */
export function parseLanzRecord(bytes: Uint8Array): LanzMessage {
  const cursor = new Cursor();
  cursor.reset(bytes);
  const message: LanzMessage = {};
  while (cursor.position < bytes.length) {
    cursor.tag(bytes.length);
    if (cursor.field < 1 || cursor.field > 3) {
      cursor.skip(bytes.length);
      continue;
    }
    const { field } = cursor;
    const end = cursor.span(bytes.length);
    if (field === 1) message.config = readConfig(cursor, end);
    else if (field === 2) message.congestion = readCongestion(cursor, end);
    else message.error = readError(cursor, end);
    cursor.position = end;
  }
  return message;
}

function readConfig(cursor: Cursor, end: number): NonNullable<LanzMessage['config']> {
  const config = { segmentBytes: 0, ports: 0 };
  while (cursor.position < end) {
    cursor.tag(end);
    const { field, wire } = cursor;
    if (field === 4 && wire === VARINT) config.segmentBytes = number(cursor, end);
    else {
      if (field === 6) config.ports++;
      cursor.skip(end);
    }
  }
  if (config.segmentBytes < 1 || config.segmentBytes > MAX_SEGMENT_BYTES)
    throw new ParseError(`a segment of ${config.segmentBytes} bytes`);
  return { ...config, ports: Math.min(config.ports, MAX_PORTS) };
}

function readCongestion(cursor: Cursor, end: number): CongestionRecord {
  const record: CongestionRecord = { atMs: Number.NaN, port: '', priority: -1, entry: 0, segments: 0, drops: 0 };
  while (cursor.position < end) {
    cursor.tag(end);
    const { field, wire } = cursor;
    if (field === 2) record.port = cursor.text(end);
    else if (wire === VARINT) setNumber(record, field, number(cursor, end));
    else cursor.skip(end);
  }
  if (!(record.atMs > 0)) throw new ParseError('a congestion record without its time');
  if (record.port === '' || record.port.length > LONGEST_NAME)
    throw new ParseError('a congestion record without the name of a port');
  return record;
}

function setNumber(record: CongestionRecord, field: number, value: number): void {
  if (field === 1) record.atMs = value / 1000;
  else if (field === 5) record.segments = value;
  else if (field === 6) record.entry = value;
  else if (field === 7) record.priority = value <= 7 ? value : -1;
  else if (field === 10) record.drops = value;
}

function readError(cursor: Cursor, end: number): string {
  let text = '';
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 2) text = cursor.text(end);
    else cursor.skip(end);
  }
  return text.slice(0, LONGEST_MESSAGE).replace(/\p{Cc}+/gu, ' ');
}

function number(cursor: Cursor, end: number): number {
  cursor.varint(end);
  return cursor.high * 0x1_0000_0000 + cursor.low;
}
