import type { LineSource, RawLine } from './lines.ts';

/** What marks a record of a trace among lines: see formats/pytorch-trace.ts. */
export const TRACE_PREFIX = '{"trace":';

/** An event that is looked at; kernels carry some hundred bytes of arguments. */
const LARGEST_OBJECT_BYTES = 64 * 1024;
/** Steps and collectives of one trace; a profile covers tens of steps. */
const MOST_EVENTS = 100_000;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Reads a trace of torch.profiler as it streams by, never whole: it may be gigabytes. Its steps and collectives come out
 * as lines once it is complete, because the time they count from stands at its end.
 * @source pytorch/kineto libkineto/src/output_json.cpp
 */
export class TraceEvents implements LineSource {
  line = 0;
  overlong = 0;
  longestBytes = LARGEST_OBJECT_BYTES;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private seen = 0;
  private complete = false;
  /** Where in the present bytes begins what is kept of them. */
  private from = 0;
  /** Bytes of the object being read, where it is one that may matter. */
  private object: Buffer[] | undefined;
  private objectBytes = 0;
  private objectDepth = 0;
  /** Text of the outermost object beside what is nested in it. */
  private outer = '';
  private distributed = 'null';
  private events: { text: string; number: number }[] = [];

  get pendingBytes(): number {
    // Until the end nothing has been told: after a restart the trace is read again.
    return this.complete ? 0 : this.seen;
  }

  pushNumbered(bytes: Buffer): RawLine[] {
    if (this.complete) return [];
    this.seen += bytes.length;
    this.from = 0;
    for (let at = 0; at < bytes.length && !this.complete; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === NEWLINE) this.line++;
      if (this.inString) this.insideString(byte);
      else if (byte === QUOTE) this.inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.enter(bytes, at);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.leave(bytes, at);
    }
    if (this.object !== undefined) this.keepObject(bytes.subarray(this.from));
    else if (this.depth === 1) this.keepOuter(bytes.subarray(this.from));
    return this.complete ? this.tell() : [];
  }

  private enter(bytes: Buffer, at: number): void {
    if (this.depth === 1) this.keepOuter(bytes.subarray(this.from, at));
    this.depth++;
    const mayMatter = bytes[at] === OPEN_BRACE && (this.depth === 2 || this.depth === 3);
    if (!mayMatter || this.object !== undefined) return;
    this.object = [];
    this.objectBytes = 0;
    this.objectDepth = this.depth;
    this.from = at;
  }

  private leave(bytes: Buffer, at: number): void {
    if (this.object !== undefined && this.depth === this.objectDepth) {
      this.keepObject(bytes.subarray(this.from, at + 1));
      this.takeObject();
    }
    this.depth--;
    if (this.depth === 0) this.keepOuter(bytes.subarray(this.from, at));
    if (this.depth <= 1) this.from = at + 1;
    if (this.depth <= 0) this.complete = true;
  }

  reset(): undefined {
    Object.assign(this, new TraceEvents());
  }

  private insideString(byte: number): void {
    if (this.escaped) this.escaped = false;
    else if (byte === BACKSLASH) this.escaped = true;
    else if (byte === QUOTE) this.inString = false;
  }

  private keepOuter(bytes: Buffer): void {
    this.outer = (this.outer + bytes.toString('utf8')).slice(-8192);
  }

  private keepObject(bytes: Buffer): void {
    this.objectBytes += bytes.length;
    // A copy: the bytes belong to the reader of the file.
    if (this.objectBytes <= LARGEST_OBJECT_BYTES) this.object?.push(Buffer.from(bytes));
  }

  private takeObject(): void {
    const parts = this.object ?? [];
    const whole = this.objectBytes <= LARGEST_OBJECT_BYTES;
    this.object = undefined;
    if (!whole) return;
    const text = Buffer.concat(parts).toString('utf8');
    if (this.objectDepth === 2) {
      if (text.includes('"world_size"')) this.distributed = text;
      return;
    }
    if (!text.includes('"ProfilerStep#') && !text.includes('"Collective name"')) return;
    if (this.events.length < MOST_EVENTS) this.events.push({ text, number: this.line + 1 });
  }

  private tell(): RawLine[] {
    const base = /"baseTimeNanoseconds"\s*:\s*(\d{1,20})/.exec(this.outer)?.[1] ?? '0';
    const { events, distributed } = this;
    this.events = [];
    return events.map(({ text, number }) => ({
      text: `${TRACE_PREFIX}{"base":"${base}","distributed":${distributed},"event":${text}}}`,
      number,
    }));
  }
}
