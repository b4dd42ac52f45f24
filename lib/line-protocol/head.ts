import { BACKSLASH, COMMA, EQUALS } from './bytes.ts';
import type { SeriesHead } from './point.ts';

/** Longest name or tag value taken: nothing in a fabric is longer, and names become keys that are kept. */
const MAX_NAME_BYTES = 1024;

/**
 * Reads `measurement[,tag=value...]`.
 * @returns what is wrong with it as text, where it is not one
 */
export function parseHead(bytes: Buffer, start: number, end: number): SeriesHead | string {
  let at = scanTo(bytes, start, end, COMMA);
  if (at === start) return 'missing measurement';
  const measurement = unescaped(bytes, start, at, false);
  const tags = new Map<string, string>();
  while (at < end) {
    const keyStart = at + 1;
    const equals = scanTo(bytes, keyStart, end, EQUALS, COMMA);
    if (equals >= end || bytes[equals] !== EQUALS) return 'a tag has no value';
    if (equals === keyStart) return 'a tag has no name';
    const valueEnd = scanTo(bytes, equals + 1, end, COMMA, EQUALS);
    if (valueEnd === equals + 1) return `tag ${quoted(unescaped(bytes, keyStart, equals, true))} has no value`;
    if (valueEnd < end && bytes[valueEnd] === EQUALS) return 'a tag value has an unescaped "="';
    if (valueEnd - keyStart > MAX_NAME_BYTES) return `a tag is longer than ${MAX_NAME_BYTES} bytes`;
    tags.set(unescaped(bytes, keyStart, equals, true), unescaped(bytes, equals + 1, valueEnd, true));
    at = valueEnd;
  }
  return { measurement, tags };
}

/** Index of the first unescaped `stop` or `other` byte, or `end`. */
function scanTo(bytes: Buffer, start: number, end: number, stop: number, other = stop): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at++;
    else if (byte === stop || byte === other) return at;
  }
  return end;
}

/** Text with `\,`, `\ ` and (where it separates) `\=` read as the byte; any other backslash stands for itself. */
export function unescaped(bytes: Buffer, start: number, end: number, equalsToo: boolean): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\\')) return text;
  return text.replace(/\\([,= ])/g, (both, byte: string) => (byte === '=' && !equalsToo ? both : byte));
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}...` : text);
}
