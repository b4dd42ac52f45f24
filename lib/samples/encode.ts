import { fieldToSnake, QUALITIES } from './fields.ts';
import type { SampleColumn, SampleFrame } from './frame.ts';
import { type LinePrefixes, linePrefixes } from './line-prefixes.ts';
import { NUMBER_BYTES, writeNumber } from './number-text.ts';

/** Line protocol of some frames. */
export interface EncodedLines {
  /** UTF-8, one line a row, each ended by a newline. */
  bytes: Buffer;
  lines: number;
}

/** Columns of one priority (-1 whole port), with their `name=` bytes. */
interface ColumnGroup {
  priority: number;
  columns: { values: Float64Array; key: Buffer }[];
  /** The longest a line's fields, interval and time can be. */
  mostBytes: number;
}

const FIELD_KEYS = new Map<string, Buffer>();

function fieldKey(column: SampleColumn): Buffer {
  let key = FIELD_KEYS.get(column.field);
  if (key === undefined) {
    key = Buffer.from(`${fieldToSnake(column.field)}=`);
    FIELD_KEYS.set(column.field, key);
  }
  return key;
}

const QUALITY_TAGS = QUALITIES.map((quality) => Buffer.from(quality === 'exact' ? '' : `,quality=${quality}`));
const PRIORITY_TAGS = Array.from({ length: 8 }, (_, priority) => Buffer.from(`,priority=${priority}`));
const NOTHING = Buffer.alloc(0);
const INTERVAL_KEY = Buffer.from('interval_ms=');
const BLANK = 0x20;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/**
 * Turns sample frames into Influx line protocol, measurement `port` (docs/architecture.md, "Time and data"). NaN is a
 * field left out; a row without a field is no line. Timestamps are the end of the interval in whole milliseconds;
 * numbers are written as in number-text.ts. One instance serves one collector: it remembers the escaped tags of each
 * device.
 * @source https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
export class FrameEncoder {
  private readonly devices = new Map<string, LinePrefixes>();
  private buffer = Buffer.allocUnsafeSlow(64 * 1024);
  private length = 0;

  /** The lines of one poll. The bytes are the encoder's own: they are valid until it encodes again. */
  encode(frames: readonly SampleFrame[]): EncodedLines {
    this.length = 0;
    let lines = 0;
    for (const frame of frames) lines += this.frame(frame);
    return { bytes: this.buffer.subarray(0, this.length), lines };
  }

  /** Forgets a device that is no longer collected. */
  forget(device: string): void {
    this.devices.delete(device);
  }

  private frame(frame: SampleFrame): number {
    const prefixes = this.prefixesOf(frame);
    let lines = 0;
    for (const group of groupByPriority(frame.columns)) {
      for (let port = 0; port < frame.ports.length; port++) {
        if (this.line(frame, port, group, prefixes)) lines++;
      }
    }
    return lines;
  }

  private line(frame: SampleFrame, port: number, group: ColumnGroup, prefixes: LinePrefixes): boolean {
    const endMs = frame.endMs[port] ?? Number.NaN;
    const startMs = frame.startMs[port] ?? Number.NaN;
    if (!(endMs > startMs)) return false;
    const from = prefixes.starts[port] ?? 0;
    const to = prefixes.starts[port + 1] ?? from;
    this.reserve(to - from + group.mostBytes);
    const { buffer } = this;
    let at = copy(buffer, this.length, prefixes.bytes, from, to);
    at = put(buffer, at, PRIORITY_TAGS[group.priority] ?? NOTHING);
    at = put(buffer, at, QUALITY_TAGS[frame.quality[port] ?? 0] ?? NOTHING);
    buffer[at++] = BLANK;
    const first = at;
    for (const { key, values } of group.columns) {
      const value = values[port] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      at = writeNumber(buffer, put(buffer, at, key), value);
      buffer[at++] = COMMA;
    }
    if (at === first) return false;
    at = writeNumber(buffer, put(buffer, at, INTERVAL_KEY), endMs - startMs);
    buffer[at++] = BLANK;
    at = writeNumber(buffer, at, Math.round(endMs));
    buffer[at++] = NEWLINE;
    this.length = at;
    return true;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  private prefixesOf(frame: SampleFrame): LinePrefixes {
    const known = this.devices.get(frame.device);
    if (known !== undefined && known.ports === frame.ports) return known;
    const fresh = linePrefixes(frame.device, frame.ports);
    this.devices.set(frame.device, fresh);
    return fresh;
  }
}

/** Names are short: byte by byte is faster than asking the runtime for a copy. */
function copy(into: Buffer, at: number, bytes: Buffer, from: number, to: number): number {
  let position = at;
  for (let index = from; index < to; index++) into[position++] = bytes[index] as number;
  return position;
}

function put(into: Buffer, at: number, bytes: Buffer): number {
  return copy(into, at, bytes, 0, bytes.length);
}

/** Tags, interval and time beside a line's fields. */
const FRAME_BYTES = 64 + INTERVAL_KEY.length + 2 * NUMBER_BYTES;

function groupByPriority(columns: readonly SampleColumn[]): ColumnGroup[] {
  const groups: ColumnGroup[] = [];
  for (const column of columns) {
    let group = groups.find((candidate) => candidate.priority === column.priority);
    if (group === undefined) {
      group = { priority: column.priority, columns: [], mostBytes: FRAME_BYTES };
      groups.push(group);
    }
    const key = fieldKey(column);
    group.columns.push({ values: column.values, key });
    group.mostBytes += key.length + NUMBER_BYTES + 1;
  }
  return groups;
}
