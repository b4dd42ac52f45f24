import type { SeriesName } from '../../lib/exporters/plan.ts';

/** `text`: exposition format 0.0.4. `openmetrics`: OpenMetrics 1.0. They differ in time stamps and in how a page ends. */
export type PageFormat = 'text' | 'openmetrics';

/** Where the parts of a sample line stand; reused for every line. */
export interface SampleLine {
  valueStart: number;
  valueEnd: number;
  /** -1 where the line has no time stamp. */
  timeStart: number;
  timeEnd: number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BLANK = 0x20;
const TAB = 0x09;
const HASH = 0x23;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** More than any exporter has: a page that goes on and on must not fill the memory. */
const MOST_LABELS = 128;

/**
 * The end of the series name (`name` or `name{...}`) of the line that starts at `start`; quoted label values may hold
 * anything. @returns -1 where the line has no such form
 */
export function seriesEnd(text: string, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === BLANK || code === TAB) return at === start ? -1 : at;
    if (code === OPEN) break;
  }
  if (at >= end) return -1;
  let quoted = false;
  for (at++; at < end; at++) {
    const code = text.charCodeAt(at);
    if (quoted && code === BACKSLASH) at++;
    else if (code === QUOTE) quoted = !quoted;
    else if (code === CLOSE && !quoted) return at + 1;
  }
  return -1;
}

/**
 * Finds value and time stamp behind a series name; an exemplar (`# {...} 1 2`) behind them is left alone.
 * @returns false where there is no value, or more than a value and a time
 */
export function readSample(text: string, start: number, end: number, into: SampleLine): boolean {
  let at = skipBlanks(text, start, end);
  into.valueStart = at;
  at = skipWord(text, at, end);
  into.valueEnd = at;
  into.timeStart = -1;
  into.timeEnd = -1;
  if (into.valueEnd === into.valueStart) return false;
  at = skipBlanks(text, at, end);
  if (at >= end || text.charCodeAt(at) === HASH) return true;
  into.timeStart = at;
  at = skipWord(text, at, end);
  into.timeEnd = at;
  at = skipBlanks(text, at, end);
  return at >= end || text.charCodeAt(at) === HASH;
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB || code === RETURN;
}

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function skipWord(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(text.charCodeAt(at))) at++;
  return at;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:.]*$/;
const QUOTED = String.raw`"((?:[^"\\]|\\[\s\S])*)"`;
/** A label, its name bare or quoted, or the quoted name of the metric. */
const LABEL = new RegExp(String.raw`\s*(?:(?:([a-zA-Z_:][a-zA-Z0-9_:.]*)|${QUOTED})\s*=\s*)?${QUOTED}\s*(?:,|$)`, 'y');

/**
 * Reads `name{label="value",...}`, or the quoted form `{"name","label"="value"}`, where names may be any UTF-8.
 * @param key the series name as Latin-1 text, so that a byte is a character
 * @returns undefined where it is neither
 */
export function parseSeries(key: string): SeriesName | undefined {
  const brace = key.indexOf('{');
  if (brace < 0) return METRIC_NAME.test(key) ? { name: key, labels: new Map() } : undefined;
  if (!key.endsWith('}')) return undefined;
  let name = key.slice(0, brace).trim();
  const inner = key.slice(brace + 1, -1);
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length && inner.slice(LABEL.lastIndex).trim() !== '') {
    const found = LABEL.exec(inner);
    if (found === null || labels.size >= MOST_LABELS) return undefined;
    const [, bare, quoted, text = ''] = found;
    const label = bare ?? (quoted === undefined ? undefined : unescaped(quoted));
    if (label !== undefined) labels.set(label, unescaped(text));
    else if (name === '' && labels.size === 0 && text !== '') name = unescaped(text);
    else return undefined;
  }
  return (brace === 0 ? name !== '' : METRIC_NAME.test(name)) ? { name, labels } : undefined;
}

const ESCAPES: Record<string, string> = { n: '\n', '"': '"', '\\': '\\' };

function unescaped(latin1: string): string {
  const text = /[^\0-\x7f]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1;
  return text.includes('\\') ? text.replace(/\\([\s\S])/g, (whole, next: string) => ESCAPES[next] ?? whole) : text;
}

/** Calls `sample` with start and end of every line that is neither empty nor a comment. @returns whether `# EOF` was seen */
export function eachLine(text: string, page: Buffer, sample: (start: number, end: number) => void): boolean {
  let ended = false;
  for (let start = 0; start < text.length; ) {
    const newline = page.indexOf(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    const first = text.charCodeAt(start);
    if (first === HASH) ended ||= end - start <= 6 && text.startsWith('# EOF', start);
    else if (end > start && !(first === RETURN && end === start + 1)) sample(start, end);
    start = end + 1;
  }
  return ended;
}
