import { BACKSLASH, BLANK, COMMA, EQUALS, HASH, LOWER_I, LOWER_U, NEWLINE, QUOTE, RETURN, TAB } from './bytes.ts';
import { parseHead, unescaped } from './head.ts';
import { NameMemory } from './name-memory.ts';
import { NumberReader } from './numbers.ts';
import type { FieldKey, FieldKind, LineProblem, PointView, Precision, ReadSummary, SeriesHead } from './point.ts';
import { TimestampReader } from './timestamp.ts';

/** Longest series head and field name taken. */
const MAX_HEAD_BYTES = 8192;
const MAX_FIELD_BYTES = 1024;
/** Problems told one by one; the rest is counted. */
const MAX_PROBLEMS = 20;

const BOOLEANS = new Map<string, number>([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((word) => [word, 1] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, 0] as const),
]);

/** Sign and digits of the longest 64-bit integer. */
const MAX_INTEGER_BYTES = 21;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Reads Influx line protocol from the bytes of a request body. Good lines are handed on one by one, bad ones are named
 * by line; one bad line costs itself only. Heads and field names that come again are looked up, not parsed again: keep
 * one reader per process.
 * @source https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
export class LineReader {
  readonly #heads = new NameMemory<SeriesHead>();
  readonly #fields = new NameMemory<FieldKey>();
  readonly #number = new NumberReader();
  readonly #time = new TimestampReader();
  readonly #point: PointView = {
    line: 0,
    head: { measurement: '', tags: new Map() },
    timestampMs: undefined,
    count: 0,
    keys: [],
    kinds: [],
    numbers: [],
    others: [],
  };
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #line = 1;
  #problem = '';

  /**
   * @param visit takes each point; a text it returns refuses the line
   */
  read(body: Buffer, precision: Precision, visit: (point: PointView) => string | undefined): ReadSummary {
    this.#bytes = body;
    this.#at = 0;
    this.#end = body.length;
    this.#line = 1;
    const summary: ReadSummary = { accepted: 0, refused: 0, problems: [] };
    while (this.#skipToPoint()) {
      const start = this.#at;
      const line = this.#line;
      this.#point.line = line;
      if (!this.#readPoint(precision)) {
        this.#line = line;
        this.#skipLine(start);
        addProblem(summary, { line, message: this.#problem });
        continue;
      }
      const refusal = visit(this.#point);
      if (refusal === undefined) summary.accepted++;
      else addProblem(summary, { line, message: refusal });
    }
    // Do not keep a large body alive.
    this.#bytes = Buffer.alloc(0);
    return summary;
  }

  /** Past blank lines, comments and leading blanks. @returns false at the end */
  #skipToPoint(): boolean {
    const bytes = this.#bytes;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at];
      if (byte === NEWLINE) {
        this.#line++;
        this.#at++;
      } else if (byte === BLANK || byte === RETURN || byte === TAB || byte === 0) this.#at++;
      else if (byte === HASH) {
        const newline = bytes.indexOf(NEWLINE, this.#at);
        this.#at = newline < 0 ? this.#end : newline;
      } else return true;
    }
    return false;
  }

  #fail(problem: string): false {
    this.#problem = problem;
    return false;
  }

  #readPoint(precision: Precision): boolean {
    if (!this.#readHead()) return false;
    this.#skipBlanks();
    const point = this.#point;
    point.count = 0;
    point.timestampMs = undefined;
    for (;;) {
      if (!this.#readField(point)) return false;
      const byte = this.#bytes[this.#at];
      if (byte !== COMMA) break;
      this.#at++;
    }
    if (this.#bytes[this.#at] === BLANK) {
      this.#skipBlanks();
      if (!this.#atLineEnd()) {
        if (!this.#time.read(this.#bytes, this.#at, this.#end, precision)) return this.#fail('bad timestamp');
        point.timestampMs = this.#time.valueMs;
        this.#at = this.#time.next;
        this.#skipBlanks();
      }
    }
    return this.#atLineEnd() || this.#fail('unexpected text after the fields');
  }

  #skipBlanks(): void {
    while (this.#bytes[this.#at] === BLANK) this.#at++;
  }

  #atLineEnd(): boolean {
    if (this.#at >= this.#end) return true;
    const byte = this.#bytes[this.#at];
    if (byte === NEWLINE) return true;
    return byte === RETURN && (this.#at + 1 >= this.#end || this.#bytes[this.#at + 1] === NEWLINE);
  }

  #readHead(): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (; at < this.#end; at++) {
      const byte = bytes[at];
      if (byte === BLANK || byte === NEWLINE) break;
      // An escaped byte is part of the name, but no name spans lines.
      if (byte === BACKSLASH && bytes[at + 1] !== NEWLINE) at++;
    }
    at = Math.min(at, this.#end);
    this.#at = at;
    if (at >= this.#end || bytes[at] !== BLANK) return this.#fail('missing fields');
    if (at - start > MAX_HEAD_BYTES) return this.#fail(`measurement and tags are longer than ${MAX_HEAD_BYTES} bytes`);
    const key = bytes.toString('latin1', start, at);
    let head = this.#heads.get(key);
    if (head === undefined) {
      const parsed = parseHead(bytes, start, at);
      if (typeof parsed === 'string') return this.#fail(parsed);
      head = parsed;
      this.#heads.set(key, head);
    }
    this.#point.head = head;
    return true;
  }

  #readField(point: PointView): boolean {
    const index = point.count;
    const key = this.#expectedKey(point.keys[index]) ?? this.#readKey();
    if (key === undefined) return false;
    point.keys[index] = key;
    if (!this.#readValue(point, index, key)) return false;
    point.count = index + 1;
    return true;
  }

  /** Fields come in the same order line after line: the name that stood here before is compared first. */
  #expectedKey(key: FieldKey | undefined): FieldKey | undefined {
    if (key === undefined) return undefined;
    const { bytes } = key;
    const length = bytes.length;
    const start = this.#at;
    if (this.#bytes[start + length] !== EQUALS) return undefined;
    for (let i = 0; i < length; i++) {
      if (this.#bytes[start + i] !== bytes[i]) return undefined;
    }
    this.#at = start + length + 1;
    return key;
  }

  #readKey(): FieldKey | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (; at < this.#end; at++) {
      const byte = bytes[at];
      if (byte === EQUALS || byte === COMMA || byte === BLANK || byte === NEWLINE) break;
      if (byte === BACKSLASH && bytes[at + 1] !== NEWLINE) at++;
    }
    this.#at = Math.min(at, this.#end);
    if (bytes[at] !== EQUALS || at >= this.#end) {
      this.#fail(at === start ? 'missing fields' : 'a field has no value');
      return undefined;
    }
    if (at === start) {
      this.#fail('a field has no name');
      return undefined;
    }
    if (at - start > MAX_FIELD_BYTES) {
      this.#fail(`a field name is longer than ${MAX_FIELD_BYTES} bytes`);
      return undefined;
    }
    this.#at = at + 1;
    const text = bytes.toString('latin1', start, at);
    let key = this.#fields.get(text);
    if (key === undefined) {
      key = { name: unescaped(bytes, start, at, true), bytes: Buffer.from(bytes.subarray(start, at)) };
      this.#fields.set(text, key);
    }
    return key;
  }

  #readValue(point: PointView, index: number, key: FieldKey): boolean {
    point.others[index] = undefined;
    const first = this.#bytes[this.#at];
    if (this.#at < this.#end && first === QUOTE) return this.#readString(point, index, key);
    const start = this.#at;
    if (this.#number.read(this.#bytes, start, this.#end)) {
      const { next, value, isInteger } = this.#number;
      const suffix = next < this.#end ? this.#bytes[next] : undefined;
      if (isInteger && (suffix === LOWER_I || suffix === LOWER_U)) {
        this.#at = next + 1;
        return this.#setInteger(point, index, key, suffix === LOWER_U ? 'unsigned' : 'integer', start, next);
      }
      this.#at = next;
      if (!Number.isFinite(value)) return this.#fail(`field ${key.name}: the number is too large`);
      return this.#set(point, index, 'float', value) && this.#valueEnds(key);
    }
    return this.#readBoolean(point, index, key);
  }

  #set(point: PointView, index: number, kind: FieldKind, value: number): true {
    point.kinds[index] = kind;
    point.numbers[index] = value;
    return true;
  }

  #valueEnds(key: FieldKey): boolean {
    const byte = this.#bytes[this.#at];
    return byte === COMMA || byte === BLANK || this.#atLineEnd() || this.#fail(`bad value for field ${key.name}`);
  }

  #setInteger(point: PointView, index: number, key: FieldKey, kind: FieldKind, start: number, end: number): boolean {
    const { value } = this.#number;
    this.#set(point, index, kind, value);
    if (kind === 'unsigned' && value < 0) return this.#fail(`field ${key.name}: an unsigned integer below 0`);
    if (!Number.isSafeInteger(value)) {
      if (end - start > MAX_INTEGER_BYTES) return this.#fail(`field ${key.name}: the integer does not fit in 64 bits`);
      const exact = BigInt(this.#bytes.toString('latin1', start, end).replace('+', ''));
      if (kind === 'unsigned' ? exact > UINT64_MAX : exact > INT64_MAX || exact < -INT64_MAX - 1n) {
        return this.#fail(`field ${key.name}: the integer does not fit in 64 bits`);
      }
      point.others[index] = exact;
    }
    return this.#valueEnds(key);
  }

  #readBoolean(point: PointView, index: number, key: FieldKey): boolean {
    const start = this.#at;
    let at = start;
    while (at < this.#end && at - start < 6) {
      const byte = this.#bytes[at];
      if (byte === COMMA || byte === BLANK || byte === NEWLINE || byte === RETURN) break;
      at++;
    }
    const value = BOOLEANS.get(this.#bytes.toString('latin1', start, at));
    if (value === undefined) return this.#fail(`bad value for field ${key.name}`);
    this.#at = at;
    return this.#set(point, index, 'boolean', value) && this.#valueEnds(key);
  }

  #readString(point: PointView, index: number, key: FieldKey): boolean {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const close = stringEnd(bytes, start, this.#end);
    if (close < 0) return this.#fail(`field ${key.name}: the string does not end`);
    let text = bytes.toString('utf8', start, close);
    if (text.includes('\\')) text = text.replace(/\\(["\\])/g, '$1');
    for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < close; at = bytes.indexOf(NEWLINE, at + 1))
      this.#line++;
    this.#at = close + 1;
    this.#set(point, index, 'string', Number.NaN);
    point.others[index] = text;
    return this.#valueEnds(key);
  }

  /**
   * To the end of the bad line that starts at `start`: newlines inside its quoted strings belong to it, so that the
   * inside of a string is never taken for a line; a quote that never closes ends with its line.
   */
  #skipLine(start: number): void {
    const bytes = this.#bytes;
    let at = start;
    for (; at < this.#end; at++) {
      const byte = bytes[at];
      if (byte === NEWLINE) break;
      if (byte === QUOTE && bytes[at - 1] === EQUALS) {
        const close = stringEnd(bytes, at + 1, this.#end);
        if (close >= 0 && endsValue(bytes[close + 1])) {
          for (let i = at; i < close; i++) if (bytes[i] === NEWLINE) this.#line++;
          at = close;
        }
      }
    }
    this.#at = at;
  }
}

/** Index of the quote that ends a string which starts at `start`, or -1. */
function stringEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at;
  }
  return -1;
}

function endsValue(byte: number | undefined): boolean {
  return byte === undefined || byte === COMMA || byte === BLANK || byte === NEWLINE || byte === RETURN;
}

function addProblem(summary: ReadSummary, problem: LineProblem): void {
  summary.refused++;
  if (summary.problems.length < MAX_PROBLEMS) summary.problems.push(problem);
}
