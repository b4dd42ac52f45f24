import { Counter64 } from '../../lib/counters/counter64.ts';
import type { ScrapeTime } from '../../lib/exporters/assemble.ts';
import type { PlannedSeries } from '../../lib/exporters/plan.ts';
import type { SlotValues } from '../../lib/exporters/slot-values.ts';
import { type PageFormat, readSample, type SampleLine } from './exposition.ts';
import { note, type PageReading } from './page-reading.ts';
import { parseCounterValue, parseFloatValue } from './value.ts';

/** A time stamp further away is one in the wrong unit or of a dead clock. */
const FURTHEST_MS = 86_400_000;

/** The page that a line belongs to. */
export interface PageContext {
  /** The page as Latin-1 text, so that a byte is a character, and its bytes. */
  text: string;
  page: Buffer;
  format: PageFormat;
  time: ScrapeTime;
  reading: PageReading;
}

/** Reads what stands behind a series' name: its value, exactly where it is a counter, and its time. */
export class SampleReader {
  private readonly counter = new Counter64();
  private readonly line: SampleLine = { valueStart: 0, valueEnd: 0, timeStart: -1, timeEnd: -1 };

  /**
   * @param series undefined where it is none of ours
   * @param slot where its value belongs
   * @returns false where there is no value, or none that is a number
   */
  read(
    series: PlannedSeries | undefined,
    slot: number,
    from: number,
    end: number,
    values: SlotValues,
    context: PageContext,
  ): boolean {
    const { line } = this;
    const { text, reading } = context;
    if (!readSample(text, from, end, line)) return false;
    if (series === undefined) return true;
    if (values.given[slot] === 1) {
      note(reading.problems, `${series.key} stands twice on the page: the first is used`);
      return true;
    }
    if (series.isCounter) {
      const quality = parseCounterValue(context.page, line.valueStart, line.valueEnd, this.counter);
      if (quality === 'bad') return false;
      if (quality === 'none') {
        note(reading.problems, `${series.key} is ${text.slice(line.valueStart, line.valueEnd)}, no counter`);
        return true;
      }
      if (quality === 'inexact') {
        note(
          reading.problems,
          `${series.key} is a float beyond 2^53: its last bits are lost, small steps cannot be seen`,
        );
      }
      values.high[slot] = this.counter.high;
      values.low[slot] = this.counter.low;
    } else {
      const value = parseFloatValue(text.slice(line.valueStart, line.valueEnd));
      if (value === undefined) return false;
      if (!Number.isFinite(value)) return true;
      values.value[slot] = value;
    }
    values.given[slot] = 1;
    values.atMs[slot] = this.timeOf(context);
    return true;
  }

  /** Time stamp of the line: milliseconds in the text format, seconds in OpenMetrics. NaN where it has none of use. */
  private timeOf({ text, format, time, reading }: PageContext): number {
    const { timeStart, timeEnd } = this.line;
    if (timeStart < 0) return Number.NaN;
    const stamp = parseFloatValue(text.slice(timeStart, timeEnd));
    const atMs = stamp === undefined ? Number.NaN : format === 'openmetrics' ? stamp * 1000 : stamp;
    if (Math.abs(atMs - time.atMs) <= FURTHEST_MS) {
      if (!(atMs <= reading.newestMs)) reading.newestMs = atMs;
      return atMs;
    }
    note(reading.problems, 'time stamps are more than a day away from now: the time of the scrape is used');
    return Number.NaN;
  }
}
