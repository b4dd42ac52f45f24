import { zonedMs } from '../zoned-time.ts';

const LEADING = /^.{0,80}?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)/;

/** The clock a logger put at the start of a line, as `endMs`; nothing where there is none. */
export function leadingClock(line: string, tz: string): { endMs?: number } {
  const text = LEADING.exec(line)?.[1];
  const endMs = text === undefined ? undefined : zonedMs(text, tz);
  return endMs === undefined ? {} : { endMs };
}
