import { Counter64, parseCounter64 } from './counter64.ts';

const NEWLINE = 0x0a;
const COLON = 0x3a;
const BLANK = 0x20;

/** Finds the last colon that is followed by the value: names of ring statistics hold colons themselves ("[0]: rx_packets: 7"). */
function valueColon(text: Buffer, start: number, end: number): number {
  for (let at = end - 1; at > start; at--) if (text[at] === COLON) return at;
  return -1;
}

/**
 * Reads what `ethtool -S` prints ("NIC statistics:", then "     name: value" lines) and hands on each number.
 * Values that are no unsigned number are handed on as absent.
 * @param each the name, and the value or undefined; the counter object is reused
 * @param beginLine called before each line
 */
export function readStatistics(
  text: Buffer,
  each: (name: string, value: Counter64 | undefined) => void,
  beginLine?: () => void,
): void {
  const value = new Counter64();
  for (let start = 0; start < text.length; ) {
    beginLine?.();
    const newline = text.indexOf(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    const colon = valueColon(text, start, end);
    if (colon > 0 && text[start] === BLANK) {
      let from = start;
      while (from < colon && text[from] === BLANK) from++;
      const name = text.toString('latin1', from, colon);
      each(name, parseCounter64(text, colon + 1, end, value) ? value : undefined);
    }
    start = end + 1;
  }
}

/** The names in a driver's statistics, in order. */
export function statisticNames(text: Buffer): string[] {
  const names: string[] = [];
  readStatistics(text, (name) => names.push(name));
  return names;
}

/** A driver that prints other statistics on as many lines is noticed after so many readings at the latest. */
const LEARN_AGAIN_AFTER = 64;

/**
 * Reads the same few statistics again and again. A driver prints hundreds of lines in an order that does not change:
 * one reading remembers on which lines the wanted ones stand, the next ones look at those lines only.
 */
export class StatisticsIndex {
  private places: { line: number; name: Buffer; term: number }[] = [];
  private lines = -1;
  private readings = 0;
  private readonly value = new Counter64();

  /** @param terms name -> index handed to `each` */
  constructor(private readonly terms: ReadonlyMap<string, number>) {}

  /** Hands on each wanted statistic that is a number; the counter object is reused. */
  read(text: Buffer, each: (term: number, value: Counter64) => void): void {
    if (this.lines >= 0 && ++this.readings < LEARN_AGAIN_AFTER && this.readPlaces(text, each)) return;
    this.places = [];
    this.readings = 0;
    let line = -1;
    readStatistics(
      text,
      (name, value) => {
        const term = this.terms.get(name);
        if (term === undefined) return;
        this.places.push({ line, name: Buffer.from(`${name}:`, 'latin1'), term });
        if (value !== undefined) each(term, value);
      },
      () => line++,
    );
    this.lines = countLines(text);
  }

  /** @returns false where a line is not where it was; nothing has been handed on then */
  private readPlaces(text: Buffer, each: (term: number, value: Counter64) => void): boolean {
    if (countLines(text) !== this.lines) return false;
    const starts = this.starts;
    let line = 0;
    let start = 0;
    for (const [index, place] of this.places.entries()) {
      for (; line < place.line; line++) start = text.indexOf(NEWLINE, start) + 1;
      let from = start;
      while (text[from] === BLANK) from++;
      const end = from + place.name.length;
      if (from === start || end > text.length || place.name.compare(text, from, end) !== 0) return false;
      starts[index] = end;
    }
    for (const [index, place] of this.places.entries()) {
      const from = starts[index] ?? 0;
      const newline = text.indexOf(NEWLINE, from);
      if (parseCounter64(text, from, newline < 0 ? text.length : newline, this.value)) each(place.term, this.value);
    }
    return true;
  }

  private readonly starts: number[] = [];
}

function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
