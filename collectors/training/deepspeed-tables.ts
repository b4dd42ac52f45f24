import { dirname, join } from 'node:path';
import { type LineSource, LineSplitter, LONGEST_LINE_BYTES, type RawLine } from './lines.ts';
import { FileTail } from './tail.ts';

/** What marks a joined row among lines: see formats/deepspeed-csv.ts. */
export const TABLE_PREFIX = '{"deepspeed-csv":';

const NEWLINE = 0x0a;
const ROW = /^(\d{1,15}),(\d{1,15}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?)$/;
const HEADER = /^step,/;
/** Rows that may stand behind one whose other tables lag (a network file system shows files one after the other). */
const MOST_WAITING_BYTES = 1024;

/** The table whose rows are written last of a step's; with it the others of the folder are read. */
export function stepTable(path: string): string {
  return tableBeside(path, 'step');
}

function tableBeside(path: string, part: string): string {
  return join(dirname(path), `Train_Samples_elapsed_time_ms_${part}.csv`);
}

/** Where a row stands: a header or a number that falls begins another run of the job in the same table. */
interface Place {
  run: number;
  samples: number;
}

const NOWHERE: Readonly<Place> = { run: 0, samples: -1 };

/** What a line is, and where the table stands after it; undefined where it is neither header nor row. */
function readLine(line: string, before: Readonly<Place>): { place: Place; ms?: number } | undefined {
  const text = line.trimEnd();
  if (HEADER.test(text)) return { place: { run: before.run + 1, samples: -1 } };
  const match = ROW.exec(text);
  if (match === null) return undefined;
  const samples = Number(match[1]);
  return { place: { run: samples > before.samples ? before.run : before.run + 1, samples }, ms: Number(match[2]) };
}

/** One of the other tables, read as far as it is asked for. */
class Table {
  private readonly tail: FileTail;
  private readonly splitter = new LineSplitter();
  private place: Place = { ...NOWHERE };
  private rows: { place: Place; ms: number }[] = [];
  private front = 0;
  /** What the end of the file was found to mean, until somebody looks again. */
  private end: 'missing' | 'later' | undefined;

  constructor(path: string) {
    this.tail = new FileTail(path);
  }

  /** The value at a place; `missing` where the table has none, `later` where it may still come. */
  at(wanted: Place): number | 'missing' | 'later' {
    for (;;) {
      for (; this.front < this.rows.length; this.front++) {
        const { place, ms } = this.rows[this.front] as { place: Place; ms: number };
        const order = place.run - wanted.run || place.samples - wanted.samples;
        if (order === 0) return ms;
        if (order > 0) return 'missing';
      }
      if (this.end !== undefined) return this.end;
      const more = this.read();
      if (more !== 'more') this.end = more;
    }
  }

  /** The file may have grown. */
  lookAgain(): void {
    this.end = undefined;
  }

  private read(): 'more' | 'missing' | 'later' {
    const chunk = this.tail.read();
    if (chunk === undefined) return 'missing';
    if (chunk.fresh) {
      this.splitter.reset();
      this.place = { ...NOWHERE };
    }
    this.rows = [];
    this.front = 0;
    for (const line of this.splitter.push(chunk.bytes)) {
      const read = readLine(line, this.place);
      if (read === undefined) continue;
      this.place = read.place;
      if (read.ms !== undefined) this.rows.push({ place: read.place, ms: read.ms });
    }
    return chunk.bytes.length > 0 ? 'more' : 'later';
  }

  close(): void {
    this.tail.close();
  }
}

/**
 * Joins the tables of DeepSpeed's CSV monitor: for each row of the one followed, whose column is the optimizer's time,
 * those of the same samples in the tables beside it, as a line of JSON. A row that another table lacks costs that step.
 * @source deepspeedai/DeepSpeed deepspeed/monitor/csv_monitor.py: a header at each start of the job, rows appended
 */
export class DeepspeedTables implements LineSource {
  line = 0;
  overlong = 0;
  longestBytes = LONGEST_LINE_BYTES;
  private rest: Buffer = Buffer.alloc(0);
  private tables: { forward: Table; backward: Table };

  /** @param parts keeps the place over a restart */
  constructor(
    private readonly path: string,
    private readonly parts: Record<string, number>,
  ) {
    this.tables = this.open();
  }

  private open() {
    const table = (part: string) => new Table(tableBeside(this.path, part));
    return { forward: table('forward'), backward: table('backward') };
  }

  get pendingBytes(): number {
    return this.rest.length;
  }

  pushNumbered(bytes: Buffer): RawLine[] {
    const lines: RawLine[] = [];
    for (const table of Object.values(this.tables)) table.lookAgain();
    const buffer = Buffer.concat([this.rest, bytes]);
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
      const text = buffer.toString('latin1', start, Math.min(end, start + LONGEST_LINE_BYTES));
      const joined = this.join(text, buffer.length - end > MOST_WAITING_BYTES);
      if (joined === 'later') break;
      this.line++;
      start = end + 1;
      if (joined !== undefined) lines.push({ text: TABLE_PREFIX + JSON.stringify(joined), number: this.line });
    }
    // A copy: a few bytes must not hold on to the whole chunk.
    this.rest = Buffer.from(buffer.subarray(start));
    if (this.rest.length > LONGEST_LINE_BYTES) {
      this.overlong++;
      this.rest = Buffer.alloc(0);
    }
    return lines;
  }

  /** @param last do not wait any longer for the other tables */
  private join(line: string, last: boolean): object | 'later' | undefined {
    if (line.trim() === '') return undefined;
    const { run = 0, samples = -1 } = this.parts;
    const read = readLine(line, { run, samples });
    if (read === undefined) return { problem: `no row of a DeepSpeed table: ${JSON.stringify(line.slice(0, 80))}` };
    const { place, ms } = read;
    const row = ms === undefined ? undefined : this.rowAt(place, ms, last);
    if (row !== 'later') Object.assign(this.parts, place);
    return row;
  }

  private rowAt(place: Place, step: number, last: boolean): object | 'later' {
    const found = { forward: this.tables.forward.at(place), backward: this.tables.backward.at(place) };
    for (const [part, value] of Object.entries(found)) {
      if (value === 'later' && !last) return 'later';
      if (typeof value !== 'number')
        return { problem: `${tableBeside('', part)} has no row of ${place.samples} samples` };
    }
    return { samples: place.samples, ...found, step };
  }

  reset(): undefined {
    this.close();
    this.tables = this.open();
    this.rest = Buffer.alloc(0);
    this.line = 0;
    delete this.parts.run;
    delete this.parts.samples;
  }

  close(): void {
    for (const table of Object.values(this.tables)) table.close();
  }
}
