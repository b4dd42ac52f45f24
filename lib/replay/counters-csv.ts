import { ParseError } from '../errors.ts';
import type { PortRef } from '../topology/types.ts';
import { RECORDED_COLUMNS, type RecordedColumn, type RecordedCounters, type RecordedValues } from './recording.ts';

const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
const TWO_32 = 4_294_967_296;
const BYTE_ORDER_MARK = 0xef;

/** Growing columns of rows: one slot per row and recorded column. */
class RowStore {
  rows = 0;
  private capacity: number;
  atMs: Float64Array;
  portOf: Uint32Array;
  readonly values: RecordedValues[];

  constructor(columns: number, capacity: number) {
    this.capacity = Math.max(16, capacity);
    this.atMs = new Float64Array(this.capacity);
    this.portOf = new Uint32Array(this.capacity);
    this.values = Array.from({ length: columns }, () => ({
      high: new Uint32Array(this.capacity),
      low: new Uint32Array(this.capacity),
      present: new Uint8Array(this.capacity),
    }));
  }

  reserve(): void {
    if (this.rows < this.capacity) return;
    this.capacity *= 2;
    this.atMs = grow(this.atMs, new Float64Array(this.capacity));
    this.portOf = grow(this.portOf, new Uint32Array(this.capacity));
    for (const column of this.values) {
      column.high = grow(column.high, new Uint32Array(this.capacity));
      column.low = grow(column.low, new Uint32Array(this.capacity));
      column.present = grow(column.present, new Uint8Array(this.capacity));
    }
  }
}

function grow<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from as never);
  return to;
}

/**
 * Decodes `counters.csv`: no string per row, so that 200,000 rows cost a fraction of a second. Columns may stand in
 * any order or be missing, cells may be empty, rows may be unsorted or repeated (the last one counts).
 * @throws ParseError naming the file and the row (the header is row 1)
 */
export function parseCounters(text: Buffer, file: string, notes: string[]): RecordedCounters {
  return new CountersParser(text, file, notes).parse();
}

class CountersParser {
  private at = 0;
  private row = 1;
  private readonly ports: PortRef[] = [];
  private readonly byName = new Map<string, number>();
  /** [port] the bytes "device,port" as they stand in the file, to recognise them without a string. */
  private readonly nameBytes: Buffer[] = [];
  /** [port] the port whose row followed this one's last time. */
  private readonly follower: number[] = [];

  constructor(
    private readonly text: Buffer,
    private readonly file: string,
    private readonly notes: string[],
  ) {
    if (text[0] === BYTE_ORDER_MARK) this.at = 3;
  }

  parse(): RecordedCounters {
    const header = this.header();
    const store = new RowStore(header.names.length, Math.ceil(this.text.length / 90));
    let previous = -1;
    while (this.at < this.text.length) {
      this.row++;
      const first = this.text[this.at];
      if (first === NEWLINE || first === RETURN) {
        this.at++;
        if (first === RETURN && this.text[this.at] === NEWLINE) this.at++;
        continue;
      }
      previous = this.readRow(store, header, previous);
    }
    return this.finish(store, header.names);
  }

  private header(): { slots: Int32Array; names: RecordedColumn[]; nameSlots: NameSlots } {
    const end = this.lineEnd(this.at);
    const cells = this.text.toString('utf8', this.at, end).replace(/\r$/, '').split(',');
    this.at = end + 1;
    const titles = cells.map((cell) => cell.trim().replaceAll('"', ''));
    const nameSlots = { time: titles.indexOf('t_ms'), device: titles.indexOf('device'), port: titles.indexOf('port') };
    for (const title of ['t_ms', 'device', 'port']) {
      if (!titles.includes(title)) throw new ParseError(`${this.file}: row 1: there is no column "${title}"`);
    }
    const names: RecordedColumn[] = [];
    const slots = new Int32Array(titles.length).fill(-1);
    for (const column of RECORDED_COLUMNS) {
      const index = titles.indexOf(column);
      if (index < 0) {
        this.notes.push(`${this.file}: no column ${column}: no device exposes it`);
        continue;
      }
      slots[index] = names.length;
      names.push(column);
    }
    return { slots, names, nameSlots };
  }

  private lineEnd(from: number): number {
    const end = this.text.indexOf(NEWLINE, from);
    return end < 0 ? this.text.length : end;
  }

  /** Reads one row into the store and returns its port. */
  private readRow(store: RowStore, header: { slots: Int32Array; nameSlots: NameSlots }, previous: number): number {
    store.reserve();
    const row = store.rows;
    const { slots, nameSlots } = header;
    const adjacent = nameSlots.port === nameSlots.device + 1;
    let port = -1;
    let device = '';
    let portName = '';
    let cell = 0;
    for (;;) {
      if (cell >= slots.length) throw this.malformed(`has more than ${slots.length} cells`);
      if (cell === nameSlots.device && adjacent) {
        port = this.readName(previous);
        cell++;
      } else if (cell === nameSlots.device) {
        device = this.readText();
      } else if (cell === nameSlots.port) {
        portName = this.readText();
      } else if (cell === nameSlots.time) {
        store.atMs[row] = this.readTime();
      } else {
        this.readValue(store, slots[cell] ?? -1, row);
      }
      const stop = this.text[this.at];
      if (stop === COMMA) {
        this.at++;
        cell++;
        continue;
      }
      if (cell + 1 !== slots.length) throw this.malformed(`has ${cell + 1} cells, the header ${slots.length}`);
      if (stop === RETURN) this.at++;
      this.at++;
      break;
    }
    if (!adjacent) port = this.portIndex(device, portName);
    store.portOf[row] = port;
    store.rows++;
    if (previous >= 0) this.follower[previous] = port;
    return port;
  }

  /** The "device,port" at the cursor; recordings list ports in the same order every time, so the guess is tried first. */
  private readName(previous: number): number {
    const guess = previous < 0 ? undefined : this.follower[previous];
    const bytes = guess === undefined ? undefined : this.nameBytes[guess];
    if (guess !== undefined && bytes !== undefined) {
      const end = this.at + bytes.length;
      if (this.isCellEnd(this.text[end]) && bytes.compare(this.text, this.at, end) === 0) {
        this.at = end;
        return guess;
      }
    }
    const from = this.at;
    const device = this.readText();
    if (this.text[this.at] !== COMMA) throw this.malformed('has no port');
    this.at++;
    const index = this.portIndex(device, this.readText());
    this.nameBytes[index] = this.text.subarray(from, this.at);
    return index;
  }

  private portIndex(device: string, port: string): number {
    if (device === '' || port === '') throw this.malformed('has no device or port');
    const key = `${device}\n${port}`;
    let index = this.byName.get(key);
    if (index === undefined) {
      index = this.ports.length;
      this.byName.set(key, index);
      this.ports.push({ device, port });
    }
    return index;
  }

  private readText(): string {
    const from = this.at;
    if (this.text[from] === QUOTE) {
      const end = this.text.indexOf(QUOTE, from + 1);
      if (end < 0 || !this.isCellEnd(this.text[end + 1])) throw this.malformed('has a quote that does not close');
      this.at = end + 1;
      return this.text.toString('utf8', from + 1, end);
    }
    while (!this.isCellEnd(this.text[this.at])) this.at++;
    return this.text.toString('utf8', from, this.at);
  }

  private readTime(): number {
    const text = this.readText();
    const value = text === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) throw this.malformed(`t_ms is not a number: ${JSON.stringify(text.slice(0, 40))}`);
    return value;
  }

  /** A cell of digits goes straight into two words; anything else takes the slow way, slot -1 is skipped. */
  private readValue(store: RowStore, slot: number, row: number): void {
    const from = this.at;
    let value = 0;
    let byte = this.text[this.at];
    while (byte !== undefined && byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      byte = this.text[++this.at];
    }
    const digits = this.at - from;
    const column = store.values[slot];
    if (this.isCellEnd(byte) && digits <= 15) {
      if (column === undefined || digits === 0) return;
      const high = Math.floor(value / TWO_32);
      column.high[row] = high;
      column.low[row] = value - high * TWO_32;
      column.present[row] = 1;
      return;
    }
    this.at = from;
    const text = this.readText().trim();
    if (column === undefined || text === '') return;
    const exact = this.exactValue(text);
    column.high[row] = Number(exact >> 32n);
    column.low[row] = Number(exact & 0xffffffffn);
    column.present[row] = 1;
  }

  /** Counters past 2^53 and numbers written with a fraction. */
  private exactValue(text: string): bigint {
    if (/^\d{1,20}$/.test(text)) {
      const value = BigInt(text);
      if (value < 1n << 64n) return value;
    }
    const value = Number(text);
    if (!Number.isFinite(value) || value < 0 || value > Number.MAX_SAFE_INTEGER) {
      throw this.malformed(`not a counter value: ${JSON.stringify(text.slice(0, 40))}`);
    }
    return BigInt(Math.round(value));
  }

  private isCellEnd(byte: number | undefined): boolean {
    return byte === COMMA || byte === NEWLINE || byte === RETURN || byte === undefined;
  }

  private malformed(what: string): ParseError {
    return new ParseError(`${this.file}: row ${this.row}: ${what}`);
  }

  private finish(store: RowStore, names: RecordedColumn[]): RecordedCounters {
    const rowsOf = orderedRows(store, this.ports.length);
    const kept = rowsOf.reduce((total, rows) => total + rows.length, 0);
    if (kept < store.rows) this.notes.push(`${this.file}: ${store.rows - kept} repeated rows: the last of each counts`);
    return {
      ports: this.ports,
      atMs: store.atMs,
      rowsOf,
      columns: new Map(names.map((name, slot) => [name, store.values[slot] as RecordedValues])),
    };
  }
}

interface NameSlots {
  time: number;
  device: number;
  port: number;
}

/** [port] its rows by time; of rows with the same time the last in the file. */
function orderedRows(store: RowStore, ports: number): Uint32Array[] {
  const lists: number[][] = Array.from({ length: ports }, () => []);
  const unsorted = new Set<number>();
  for (let row = 0; row < store.rows; row++) {
    const port = store.portOf[row] ?? 0;
    const list = lists[port];
    if (list === undefined) continue;
    const last = list.at(-1);
    if (last !== undefined && (store.atMs[row] ?? 0) <= (store.atMs[last] ?? 0)) unsorted.add(port);
    list.push(row);
  }
  for (const port of unsorted) {
    const list = lists[port] ?? [];
    list.sort((a, b) => (store.atMs[a] ?? 0) - (store.atMs[b] ?? 0) || a - b);
    lists[port] = list.filter((row, index) => store.atMs[row] !== store.atMs[list[index + 1] ?? -1]);
  }
  return lists.map((list) => Uint32Array.from(list));
}
