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
 */
export function readStatistics(text: Buffer, each: (name: string, value: Counter64 | undefined) => void): void {
  const value = new Counter64();
  for (let start = 0; start < text.length; ) {
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
