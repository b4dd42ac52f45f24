import { Counter64, parseCounter64 } from '../../lib/counters/counter64.ts';

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
 * @param beginLine called before each line, with where it begins
 */
export function readStatistics(
  text: Buffer,
  each: (name: string, value: Counter64 | undefined) => void,
  beginLine?: (start: number) => void,
): void {
  const value = new Counter64();
  for (let start = 0; start < text.length; ) {
    beginLine?.(start);
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

/** A driver that prints further statistics is noticed after so many readings at the latest. */
const LEARN_AGAIN_AFTER = 64;

/**
 * Reads the same few statistics again and again. A driver prints hundreds of lines in an order that does not change:
 * one reading remembers how the wanted ones begin and in which order they stand, the next ones look for those only.
 */
export class StatisticsIndex {
  /** What a wanted line begins with, the end of the line before included. */
  private places: { start: Buffer; term: number }[] = [];
  private readings = LEARN_AGAIN_AFTER;
  private readonly value = new Counter64();
  private readonly ends: number[] = [];

  /** @param terms name -> index handed to `each` */
  constructor(private readonly terms: ReadonlyMap<string, number>) {}

  /** Hands on each wanted statistic that is a number; the counter object is reused. */
  read(text: Buffer, each: (term: number, value: Counter64) => void): void {
    // One that was missing may have come: then all lines are looked at.
    const allKnown = this.places.length >= this.terms.size;
    if (allKnown && ++this.readings < LEARN_AGAIN_AFTER && this.readPlaces(text, each)) return;
    this.places = [];
    this.readings = 0;
    let line = 0;
    readStatistics(
      text,
      (name, value) => {
        const term = this.terms.get(name);
        if (term === undefined) return;
        const start = text.toString('latin1', line, text.indexOf(name, line, 'latin1') + name.length);
        this.places.push({ start: Buffer.from(`\n${start}:`, 'latin1'), term });
        if (value !== undefined) each(term, value);
      },
      (start) => {
        line = start;
      },
    );
  }

  /** @returns false where a line is not where it was; nothing has been handed on then */
  private readPlaces(text: Buffer, each: (term: number, value: Counter64) => void): boolean {
    const { places, ends, value } = this;
    let at = 0;
    for (let index = 0; index < places.length; index++) {
      const start = places[index]?.start;
      const found = start === undefined ? -1 : text.indexOf(start, at);
      if (start === undefined || found < 0) return false;
      at = found + start.length;
      ends[index] = at;
    }
    for (let index = 0; index < places.length; index++) {
      const from = ends[index] ?? 0;
      const newline = text.indexOf(NEWLINE, from);
      if (parseCounter64(text, from, newline < 0 ? text.length : newline, value))
        each(places[index]?.term ?? -1, value);
    }
    return true;
  }
}
