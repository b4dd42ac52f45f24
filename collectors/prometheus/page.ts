import type { ReadingFrame } from '../../lib/counters/reading.ts';
import { CollectorError } from '../../lib/errors.ts';
import type { CollectiveRecord } from '../../lib/training/collective.ts';
import { Counter64 } from '../host/counter64.ts';
import { assembleFrame } from './assemble.ts';
import { Collectives } from './collectives.ts';
import { eachLine, type PageFormat, readSample, type SampleLine, seriesEnd } from './exposition.ts';
import { buildPlan, type DevicePlan, type PlannedSeries, type PlanOptions, planSeries } from './plan.ts';
import { copySlot, emptyValues, grownValues, type SlotValues } from './slot-values.ts';
import { parseCounterValue, parseFloatValue } from './value.ts';

/** What one page gave. */
export interface PageReading {
  frames: ReadingFrame[];
  /** Means over collective operations that were not on the page before, and how many there are. */
  collectives: CollectiveRecord[];
  collectiveMeans: number;
  /** Lines and values that could not be used, in sentences; the first few. */
  problems: string[];
  /** Sample lines of the page. */
  samples: number;
  /** Newest time stamp on the page that was used, Unix ms; NaN where it has none. */
  newestMs: number;
}

/** When a page was true where it does not say so itself: the middle between request and answer, and half its length. */
export interface ScrapeTime {
  atMs: number;
  errorMs: number;
}

const MOST_PROBLEMS = 20;
/** More series than a fabric of 10 000 ports has: a page that grows without end is refused. */
const MOST_SERIES = 500_000;
/** Names remembered beyond twice what a page holds are from a target whose labels change all the time. */
const SPARE_SERIES = 2000;
/** A time stamp further away is one in the wrong unit or of a dead clock. */
const FURTHEST_MS = 86_400_000;
/** Pages without some series before the choice of sources is made anew. */
const RELEARN_AFTER = 10;

/** What some Windows programs put before UTF-8 text. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Slot of a series that is none of ours, and of a line that is no series. */
const IGNORED = -1;
const BROKEN = -2;

/**
 * Reads pages of one exporter. Its series come in the same order on every page: each line is first compared with the
 * name that stood there last time, and only a new name is parsed.
 */
export class PageReader {
  private slots = new Map<string, number>();
  private order: { key: string; slot: number }[] = [];
  private series: PlannedSeries[] = [];
  private plan: DevicePlan[] | undefined;
  private values: SlotValues = emptyValues(0);
  private readonly collectives = new Collectives();
  private readonly unused = new Set<string>();
  private readonly counter = new Counter64();
  private readonly line: SampleLine = { valueStart: 0, valueEnd: 0, timeStart: -1, timeEnd: -1 };
  private incomplete = 0;

  constructor(private readonly options: PlanOptions) {}

  /** Devices and columns, as of the last page. */
  get devices(): readonly DevicePlan[] {
    return this.plan ?? [];
  }

  /**
   * One page.
   * @throws CollectorError `malformed` where it is no exporter's page or is cut off, `too_large` where it has no end
   */
  read(body: Buffer, format: PageFormat, time: ScrapeTime): PageReading {
    const page = body.indexOf(BYTE_ORDER_MARK) === 0 ? body.subarray(BYTE_ORDER_MARK.length) : body;
    const text = page.toString('latin1');
    const reading: PageReading = {
      frames: [],
      collectives: [],
      collectiveMeans: 0,
      problems: [],
      samples: 0,
      newestMs: Number.NaN,
    };
    this.values.given.fill(0);
    const broken = this.scan(text, page, format, time, reading);
    if (reading.samples === 0) {
      throw new CollectorError('malformed', `is no exporter page: ${broken ?? 'it has no sample'}`);
    }
    this.remember(reading.samples);
    this.plan ??= buildPlan(this.series, this.othersThanNics());
    for (const device of this.plan) {
      reading.frames.push(assembleFrame(device, this.values, time, (text) => note(reading.problems, text)));
    }
    this.readCollectives(time.atMs, reading);
    for (const why of this.unused) note(reading.problems, why);
    return reading;
  }

  private readCollectives(atMs: number, reading: PageReading): void {
    const { given, value } = this.values;
    for (const [slot, { collective }] of this.series.entries()) {
      if (collective !== undefined && given[slot] === 1) this.collectives.take(collective, value[slot] ?? Number.NaN);
    }
    const { records, nameless, present } = this.collectives.finish(atMs);
    reading.collectives = records;
    reading.collectiveMeans = present;
    if (nameless > 0) note(reading.problems, `${nameless} means of NCCL operations name no job or size: set job`);
  }

  /** @returns what the first broken line is */
  private scan(
    text: string,
    page: Buffer,
    format: PageFormat,
    time: ScrapeTime,
    reading: PageReading,
  ): string | undefined {
    const { line } = this;
    const next: { key: string; slot: number }[] = [];
    let firstBroken: string | undefined;
    let broken = 0;
    const ended = eachLine(text, page, (start, end) => {
      const expected = this.order[next.length];
      let found = expected;
      let at = start + (expected?.key.length ?? 0);
      if (expected === undefined || !text.startsWith(expected.key, start) || !endsName(text.charCodeAt(at))) {
        at = seriesEnd(text, start, end);
        found = at < 0 ? undefined : this.lookUp(text, start, at);
      }
      if (
        found === undefined ||
        !readSample(text, at, end, line) ||
        !this.take(found.slot, text, page, format, time, reading)
      ) {
        broken++;
        firstBroken ??= `"${text.slice(start, Math.min(end, start + 60)).trim()}" is no sample`;
        return;
      }
      next.push(found);
      reading.samples++;
    });
    if (format === 'openmetrics' && !ended && reading.samples > 0) {
      throw new CollectorError('malformed', 'the page is cut off: it has no # EOF');
    }
    if (broken > 0 && reading.samples > 0) note(reading.problems, `${broken} lines were left out: ${firstBroken}`);
    this.order = next;
    return firstBroken;
  }

  private lookUp(text: string, start: number, end: number): { key: string; slot: number } | undefined {
    const key = text.slice(start, end);
    const known = this.slots.get(key);
    if (known !== undefined) return known === BROKEN ? undefined : { key, slot: known };
    if (this.slots.size >= MOST_SERIES) {
      throw new CollectorError('too_large', `the page has more than ${MOST_SERIES} series`);
    }
    // A slice would keep the whole page in memory.
    const own = Buffer.from(key, 'latin1').toString('latin1');
    const planned = planSeries(own, this.options, (why) => this.unused.add(why));
    const useful = planned !== undefined && isUseful(planned);
    const slot = planned === undefined ? BROKEN : useful ? this.series.length : IGNORED;
    this.slots.set(own, slot);
    if (useful) {
      this.series.push(planned);
      this.plan = undefined;
      if (this.series.length > this.values.given.length) this.values = grownValues(this.values, this.series.length * 2);
    }
    return slot === BROKEN ? undefined : { key: own, slot };
  }

  /** @returns false where the value is no number */
  private take(
    slot: number,
    text: string,
    page: Buffer,
    format: PageFormat,
    time: ScrapeTime,
    reading: PageReading,
  ): boolean {
    if (slot < 0) return true;
    const { line, values } = this;
    const series = this.series[slot];
    if (series === undefined) return true;
    if (values.given[slot] === 1) {
      note(reading.problems, `${series.key} stands twice on the page: the first is used`);
      return true;
    }
    if (series.isCounter) {
      const quality = parseCounterValue(page, line.valueStart, line.valueEnd, this.counter);
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
    values.atMs[slot] = this.timeOf(text, format, time, reading);
    return true;
  }

  /** Time stamp of the line: milliseconds in the text format, seconds in OpenMetrics. NaN where it has none of use. */
  private timeOf(text: string, format: PageFormat, time: ScrapeTime, reading: PageReading): number {
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

  /** Forgets names that are no longer there, and chooses sources anew when some have been missing for long. */
  private remember(samples: number): void {
    const { given } = this.values;
    let present = 0;
    for (let slot = 0; slot < this.series.length; slot++) present += given[slot] ?? 0;
    this.incomplete = present < this.series.length ? this.incomplete + 1 : 0;
    if (this.incomplete < RELEARN_AFTER && this.slots.size <= 2 * samples + SPARE_SERIES) return;
    this.incomplete = 0;
    const kept = this.series.map((series, slot) => ({ series, slot })).filter(({ slot }) => given[slot] === 1);
    const old = this.values;
    this.values = emptyValues(Math.max(1, kept.length * 2));
    for (const [slot, { slot: from }] of kept.entries()) copySlot(old, from, this.values, slot);
    this.series = kept.map(({ series }) => series);
    this.slots = new Map(this.series.map((series, slot) => [series.key, slot]));
    this.order = [];
    this.plan = undefined;
  }

  /** Protocol type 1 is Ethernet: IP over InfiniBand and tunnels are no ports of their own. */
  private othersThanNics(): ReadonlySet<string> {
    const found = new Set<string>();
    for (const [slot, { uses }] of this.series.entries()) {
      if (this.values.given[slot] !== 1 || this.values.value[slot] === 1) continue;
      for (const { rule, device, port } of uses) {
        if ('state' in rule.to && rule.to.state === 'protocolType') found.add(`${device}\n${port}`);
      }
    }
    return found;
  }
}

function isUseful({ uses, collective, names }: PlannedSeries): boolean {
  return uses.length > 0 || collective !== undefined || names !== undefined;
}

function endsName(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function note(problems: string[], text: string): void {
  if (problems.length < MOST_PROBLEMS && !problems.includes(text)) problems.push(text);
}
