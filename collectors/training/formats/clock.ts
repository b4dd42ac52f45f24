import { zonedMs } from '../zoned-time.ts';
import type { FormatContext, ParsedStep } from './types.ts';

const LEADING = /^.{0,80}?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)/;

/** The clock a logger put at the start of a line, as `endMs`; nothing where there is none. */
export function leadingClock(line: string, context: FormatContext): Pick<ParsedStep, 'endMs' | 'wholeSecond'> {
  return clockOf(LEADING.exec(line)?.[1], context);
}

/** What a clock without a zone says, as `endMs`; nothing where it is no date. */
export function clockOf(
  text: string | undefined,
  { tz, afterMs }: FormatContext,
): Pick<ParsedStep, 'endMs' | 'wholeSecond'> {
  const endMs = text === undefined ? undefined : zonedMs(text, tz, afterMs);
  if (text === undefined || endMs === undefined) return {};
  return /[.,]\d+$/.test(text) ? { endMs } : { endMs, wholeSecond: true };
}
