/** Longest line that is looked at; the rest of a longer one is skipped. */
export const LONGEST_LINE_BYTES = 8192;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** A line, or the part of one before a `\r`, and the number of its line in the file, from 1. */
export interface RawLine {
  text: string;
  number: number;
}

/** Cuts the bytes of a file into lines, whatever the file is made of. */
export interface LineSource {
  /** Lines that have ended so far. */
  line: number;
  /** Bytes of the unfinished line; what a reader must read again after a restart. */
  readonly pendingBytes: number;
  /** Lines that were longer than the bound. */
  readonly overlong: number;
  longestBytes: number;
  pushNumbered(bytes: Buffer): RawLine[];
  /** Forgets the unfinished line and gives it: the file it belonged to is gone, and another one begins. */
  reset(): RawLine | undefined;
  /** Lets go of what else it holds open. */
  close?(): void;
}

/**
 * Cuts bytes into lines at `\n` and `\r` (progress bars redraw with it). Keeps the unfinished end for the next bytes,
 * at most `longestBytes` of it.
 */
export class LineSplitter implements LineSource {
  constructor(public longestBytes = LONGEST_LINE_BYTES) {}

  private rest = Buffer.alloc(0);
  private skipping = false;
  /** Lines that were longer than the bound. */
  overlong = 0;

  /** Bytes of the unfinished line; what a reader must read again after a restart. */
  pendingBytes = 0;

  /** Lines that have ended so far. */
  line = 0;

  push(bytes: Buffer): string[] {
    return this.pushNumbered(bytes).map(({ text }) => text);
  }

  pushNumbered(bytes: Buffer): RawLine[] {
    const lines: RawLine[] = [];
    let start = 0;
    let newline = nextOf(bytes, NEWLINE, 0);
    let carriage = nextOf(bytes, RETURN, 0);
    while (newline < bytes.length || carriage < bytes.length) {
      const ends = newline < carriage;
      const at = ends ? newline : carriage;
      this.take(bytes.subarray(start, at), lines);
      start = at + 1;
      if (ends) {
        this.line++;
        newline = nextOf(bytes, NEWLINE, start);
      } else carriage = nextOf(bytes, RETURN, start);
    }
    this.keep(bytes.subarray(start));
    return lines;
  }

  /** Forgets the unfinished line: the file it belonged to is gone, and another one begins. */
  reset(): RawLine | undefined {
    const last =
      this.skipping || this.rest.length === 0 ? undefined : { text: this.rest.toString('utf8'), number: this.line + 1 };
    this.line = 0;
    this.rest = Buffer.alloc(0);
    this.pendingBytes = 0;
    this.skipping = false;
    return last;
  }

  private take(end: Buffer, lines: RawLine[]): void {
    if (!this.skipping) {
      const whole = this.rest.length === 0 ? end : Buffer.concat([this.rest, end]);
      if (whole.length > this.longestBytes) this.overlong++;
      if (whole.length > 0) {
        lines.push({ text: whole.subarray(0, this.longestBytes).toString('utf8'), number: this.line + 1 });
      }
    }
    this.rest = Buffer.alloc(0);
    this.pendingBytes = 0;
    this.skipping = false;
  }

  private keep(end: Buffer): void {
    this.pendingBytes += end.length;
    if (this.skipping || end.length === 0) return;
    this.rest = Buffer.concat([this.rest, end]);
    if (this.rest.length <= this.longestBytes) return;
    // A "line" without an end must not grow in memory: it counts as one, and its rest is skipped.
    this.overlong++;
    this.skipping = true;
    this.rest = Buffer.alloc(0);
  }
}

/** Where the byte comes next; the length where it comes no more. */
function nextOf(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with the escape character
const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g;
/** The clock is the node's local time with its offset, or UTC. */
const CONTAINER = /^(\d{4}-\d\d-\d\dT[\d:.]{8,24}(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP]) (.*)$/s;
/** srun's label, torchrun's tee, or the one within the other. */
const LAUNCHER = /^(?:\s*(\d{1,7}): )?(?:\[(?:default|rank)?(\d{1,7})\]:\s?)?/;
/** Keeps the numbers of two prefixes apart: more than either can be. */
const MOST_STREAMS = 1e7;

/** A line as the training code printed it. */
export interface CleanLine {
  text: string;
  /** Clock of the container runtime that carried the line, Unix ms. */
  carriedMs?: number;
  /** Number in the launcher's prefix: whose line this is. Not a rank: torchrun may print the local one. */
  stream?: number;
}

/**
 * Takes off what others put around a line: colours, the prefix of a container runtime (whose parts of one long line are
 * joined) and the prefix of a launcher (torchrun `[rank0]:`, srun `0: `, or both: `3: [rank0]:`).
 * @source kubernetes CRI log format: "<RFC 3339> stdout|stderr F|P <text>"
 */
export class LineCleaner {
  private readonly parts = new Map<string, string>();

  /** @returns undefined for a part of a line that is not complete, and for an empty line */
  clean(raw: string): CleanLine | undefined {
    const container = CONTAINER.exec(raw);
    if (container === null) return unwrap(raw);
    const [, clock = '', stream = '', tag, rest = ''] = container;
    const whole = ((this.parts.get(stream) ?? '') + rest).slice(0, LONGEST_LINE_BYTES);
    if (tag === 'P') {
      this.parts.set(stream, whole);
      return undefined;
    }
    this.parts.delete(stream);
    const line = unwrap(whole);
    const carriedMs = Date.parse(clock);
    return line === undefined || Number.isNaN(carriedMs) ? line : { ...line, carriedMs };
  }
}

function unwrap(raw: string): CleanLine | undefined {
  const plain = raw.includes('\u001b') ? raw.replace(ANSI, '') : raw;
  const [prefix = '', outer, inner] = LAUNCHER.exec(plain) ?? [];
  const text = plain.slice(prefix.length).trimEnd();
  if (text === '') return undefined;
  if (prefix === '') return { text };
  const stream =
    outer === undefined || inner === undefined ? Number(outer ?? inner) : Number(outer) * MOST_STREAMS + Number(inner);
  return { text, stream };
}
