import { escape as influxEscape } from '@influxdata/influxdb-client';
import { fieldToSnake, QUALITIES } from './fields.ts';
import type { SampleColumn, SampleFrame } from './frame.ts';

/** Line protocol of some frames. */
export interface EncodedLines {
  /** UTF-8, one line a row, each ended by a newline. */
  bytes: Buffer;
  lines: number;
}

/**
 * Tag keys, tag values and field keys, escaped by the official client's own rules. What line protocol cannot say is
 * replaced: a line end by a blank, a backslash at the end (it would escape the separator) and the empty text by `_`.
 */
export function escapeTag(text: string): string {
  const flat = text.replace(/[\r\n\t]+/g, ' ').replace(/\\+$/, '_');
  return flat === '' ? '_' : influxEscape.tag(flat);
}

/** Columns of one priority (-1 whole port), with their `name=` bytes. */
interface ColumnGroup {
  priority: number;
  columns: { values: Float64Array; key: Buffer }[];
}

interface PortPrefixes {
  ports: readonly string[];
  /** [port * 9 + priority + 1] everything before the first blank, without quality. */
  prefixes: (Buffer | undefined)[];
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
const INTERVAL_KEY = Buffer.from('interval_ms=');
const BLANK = 0x20;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const ZERO = 0x30;
/** Longest text of a double is 24 characters; an integer below 2^53 has 16. */
const NUMBER_BYTES = 32;

/**
 * Turns sample frames into Influx line protocol, measurement `port` (docs/architecture.md, "Time and data"). NaN is a
 * field left out; a row without a field is no line. Timestamps are the end of the interval in whole milliseconds.
 * One instance serves one collector: it remembers the escaped tags of each device.
 * @source https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
export class FrameEncoder {
  private readonly devices = new Map<string, PortPrefixes>();
  private buffer = Buffer.allocUnsafe(64 * 1024);
  private length = 0;

  /** The lines of one poll. The bytes are a copy: they stay valid. */
  encode(frames: readonly SampleFrame[]): EncodedLines {
    this.length = 0;
    let lines = 0;
    for (const frame of frames) lines += this.frame(frame);
    return { bytes: Buffer.from(this.buffer.subarray(0, this.length)), lines };
  }

  /** Forgets a device that is no longer collected. */
  forget(device: string): void {
    this.devices.delete(device);
  }

  private frame(frame: SampleFrame): number {
    const prefixes = this.prefixesOf(frame);
    let lines = 0;
    for (const group of groupByPriority(frame.columns)) {
      const longest = group.columns.reduce((sum, column) => sum + column.key.length + NUMBER_BYTES + 1, 128);
      for (let port = 0; port < frame.ports.length; port++) {
        const prefix = this.prefix(prefixes, frame.device, port, group.priority);
        this.reserve(prefix.length + longest);
        if (this.line(frame, port, group, prefix)) lines++;
      }
    }
    return lines;
  }

  private line(frame: SampleFrame, port: number, group: ColumnGroup, prefix: Buffer): boolean {
    const endMs = frame.endMs[port] ?? Number.NaN;
    const startMs = frame.startMs[port] ?? Number.NaN;
    if (!(endMs > startMs)) return false;
    const start = this.length;
    this.put(prefix);
    this.put(QUALITY_TAGS[frame.quality[port] ?? 0] ?? (QUALITY_TAGS[0] as Buffer));
    this.buffer[this.length++] = BLANK;
    const first = this.length;
    for (const column of group.columns) {
      const value = column.values[port] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      this.put(column.key);
      this.number(value);
      this.buffer[this.length++] = COMMA;
    }
    if (this.length === first) {
      this.length = start;
      return false;
    }
    this.put(INTERVAL_KEY);
    this.number(endMs - startMs);
    this.buffer[this.length++] = BLANK;
    this.number(Math.round(endMs));
    this.buffer[this.length++] = NEWLINE;
    return true;
  }

  private put(bytes: Buffer): void {
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a finite number as decimal text; whole numbers, the common case, without making a string. */
  private number(value: number): void {
    if (value >= 0 && value <= 0xffffffff && value === value >>> 0) {
      this.digits(value);
      return;
    }
    // -0 prints as 0; a number above 2^53 may print with an exponent, which line protocol reads.
    this.length += this.buffer.write(String(value), this.length, 'latin1');
  }

  private digits(value: number): void {
    let count = 1;
    for (let rest = value; rest >= 10; rest = Math.trunc(rest / 10)) count++;
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const tenth = Math.trunc(rest / 10);
      this.buffer[at] = ZERO + (rest - tenth * 10);
      rest = tenth;
    }
    this.length += count;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  private prefixesOf(frame: SampleFrame): PortPrefixes {
    const known = this.devices.get(frame.device);
    if (known !== undefined && known.ports === frame.ports) return known;
    const fresh = { ports: frame.ports, prefixes: new Array<Buffer | undefined>(frame.ports.length * 9) };
    this.devices.set(frame.device, fresh);
    return fresh;
  }

  private prefix(known: PortPrefixes, device: string, port: number, priority: number): Buffer {
    const slot = port * 9 + priority + 1;
    let prefix = known.prefixes[slot];
    if (prefix === undefined) {
      const tag = priority < 0 ? '' : `,priority=${priority}`;
      prefix = Buffer.from(`port,device=${escapeTag(device)},port=${escapeTag(known.ports[port] ?? '')}${tag}`);
      known.prefixes[slot] = prefix;
    }
    return prefix;
  }
}

function groupByPriority(columns: readonly SampleColumn[]): ColumnGroup[] {
  const groups: ColumnGroup[] = [];
  for (const column of columns) {
    let group = groups.find((candidate) => candidate.priority === column.priority);
    if (group === undefined) {
      group = { priority: column.priority, columns: [] };
      groups.push(group);
    }
    group.columns.push({ values: column.values, key: fieldKey(column) });
  }
  return groups;
}
