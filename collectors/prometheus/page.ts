import { CollectorError } from '../../lib/errors.ts';
import type { ScrapeTime } from '../../lib/exporters/assemble.ts';
import type { DevicePlan } from '../../lib/exporters/device-plan.ts';
import { ExporterSeries } from '../../lib/exporters/exporter-series.ts';
import { isUseful, type PlanOptions, planSeries } from '../../lib/exporters/plan.ts';
import { eachLine, type PageFormat, parseSeries, seriesEnd } from './exposition.ts';
import { note, type PageReading } from './page-reading.ts';
import { SampleReader } from './sample-reader.ts';

/** More series than a fabric of 10 000 ports has: a page that grows without end is refused. */
const MOST_SERIES = 500_000;
/** Names remembered beyond twice what a page holds are from a target whose labels change all the time. */
const SPARE_SERIES = 2000;
/** Longest name with its labels: it is kept, and may stand in a message. */
const LONGEST_SERIES = 8192;
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
  private readonly exporter = new ExporterSeries();
  private readonly unused = new Set<string>();
  private readonly samples = new SampleReader();
  private incomplete = 0;

  constructor(private readonly options: PlanOptions) {}

  /** Devices and columns, as of the last page. */
  get devices(): readonly DevicePlan[] {
    return this.exporter.devices;
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
    this.exporter.begin();
    const broken = this.scan(text, page, format, time, reading);
    if (reading.samples === 0) {
      throw new CollectorError('malformed', `is no exporter page: ${broken ?? 'it has no sample'}`);
    }
    this.remember(reading.samples);
    reading.frames = this.exporter.frames(time, (text) => note(reading.problems, text));
    this.readCollectives(time.atMs, reading);
    for (const why of this.unused) note(reading.problems, why);
    return reading;
  }

  private readCollectives(atMs: number, reading: PageReading): void {
    const { records, nameless, present } = this.exporter.collectiveMeans(atMs);
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
    const { samples, exporter } = this;
    const context = { text, page, format, time, reading };
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
        !samples.read(exporter.series[found.slot], found.slot, at, end, exporter.values, context)
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
    if (end - start > LONGEST_SERIES) return undefined;
    const key = text.slice(start, end);
    const known = this.slots.get(key);
    if (known !== undefined) return known === BROKEN ? undefined : { key, slot: known };
    if (this.slots.size >= MOST_SERIES) {
      throw new CollectorError('too_large', `the page has more than ${MOST_SERIES} series`);
    }
    // A slice would keep the whole page in memory.
    const own = Buffer.from(key, 'latin1').toString('latin1');
    const slot = this.slotOf(own);
    this.slots.set(own, slot);
    return slot === BROKEN ? undefined : { key: own, slot };
  }

  private slotOf(key: string): number {
    const series = parseSeries(key);
    if (series === undefined) return BROKEN;
    const planned = planSeries(key, series, this.options, (why) => this.unused.add(why));
    return isUseful(planned) ? this.exporter.add(planned) : IGNORED;
  }

  /** Forgets names that are no longer there, and chooses sources anew when some have been missing for long. */
  private remember(samples: number): void {
    const { exporter } = this;
    this.incomplete = exporter.present < exporter.series.length ? this.incomplete + 1 : 0;
    if (this.incomplete < RELEARN_AFTER && this.slots.size <= 2 * samples + SPARE_SERIES) return;
    this.incomplete = 0;
    exporter.forgetMissing();
    this.slots = new Map(exporter.series.map(({ key }, slot) => [key, slot]));
    this.order = [];
  }
}

function endsName(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
