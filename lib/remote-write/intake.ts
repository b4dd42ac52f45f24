import { isKnownMetric, isUseful, planSeries, type SeriesName } from '../exporters/plan.ts';
import { ruleTable } from '../exporters/rules.ts';
import { readWriteRequest, type WrittenSeries } from './read-request.ts';
import { type RoundReading, TargetRounds, type TargetSeries } from './target-rounds.ts';

/** Series remembered of all senders: those of some thousand devices. */
const MOST_SERIES = 400_000;
const MOST_TARGETS = 20_000;
/** Metrics remembered as known or not. */
const MOST_METRICS = 100_000;
/** A target that has not been written of for so long is gone, ms. */
const IDLE_MS = 3_600_000;
/** A sample from further ahead than this is a broken clock, ms. */
const FUTURE_MS = 600_000;
const LONGEST_NAME = 256;
const MOST_REASONS = 5;
/** Labels that tell apart two senders of the same series: together they are one, and neither counts double. */
const REPLICAS: ReadonlySet<string> = new Set(['__replica__', 'replica', 'prometheus_replica', 'prometheus']);

/** How senders' labels are understood. */
export interface RemoteWriteOptions {
  /** Label that names the device; without it, or where a series lacks it, the host of `instance` does. */
  deviceLabel?: string | undefined;
  ufmDataUnit: 'words' | 'bytes';
  /** Interface name -> port it belongs to. */
  alias: Readonly<Record<string, string>>;
}

/** What a request held. */
export interface RemoteWriteReading {
  readings: RoundReading[];
  /** Samples of known metrics that were taken, and those refused with the first reasons. */
  accepted: number;
  refused: number;
  reasons: string[];
  /** Samples of metrics nobody here knows, by metric. */
  unknown: Map<string, number>;
}

type Memo = TargetSeries | { useless: true };

/** Samples written on by Prometheus and its kin, as readings of the devices they were scraped from. */
export class RemoteWriteIntake {
  readonly #rules;
  readonly #known = new Map<string, boolean>();
  readonly #series = new Map<string, Memo>();
  readonly #targets = new Map<string, TargetRounds>();

  constructor(private readonly options: RemoteWriteOptions) {
    this.#rules = ruleTable({ ufmDataUnit: options.ufmDataUnit });
  }

  /**
   * @param body a WriteRequest, unpacked
   * @param keptMs samples older than this would be gone at once
   * @throws ParseError where it is none
   */
  read(body: Buffer, nowMs: number, keptMs: number): RemoteWriteReading {
    const reading: RemoteWriteReading = { readings: [], accepted: 0, refused: 0, reasons: [], unknown: new Map() };
    // Read whole before anything is believed: half a request that cannot be read is sent again, whole.
    const found: WrittenSeries[] = [];
    readWriteRequest(body, (series) => {
      const name = series.name === '' ? (series.labels().get('__name__') ?? '') : series.name;
      if (this.#isKnown(name)) found.push({ ...series, name });
      else reading.unknown.set(name, (reading.unknown.get(name) ?? 0) + series.samples.length);
    });
    const touched = new Set<TargetRounds>();
    for (const series of found) this.#take(series, nowMs, keptMs, reading, touched);
    for (const target of touched) reading.readings.push(...target.finish(nowMs));
    return reading;
  }

  #take(
    series: WrittenSeries,
    nowMs: number,
    keptMs: number,
    reading: RemoteWriteReading,
    touched: Set<TargetRounds>,
  ): void {
    const memo = this.#memoOf(series, nowMs);
    if (typeof memo === 'string') {
      refuse(reading, `${series.name}: ${memo}`, series.samples.length);
      return;
    }
    if ('useless' in memo) {
      reading.unknown.set(series.name, (reading.unknown.get(series.name) ?? 0) + series.samples.length);
      return;
    }
    touched.add(memo.target);
    for (const { value, atMs } of series.samples) {
      const problem = badTime(atMs, nowMs, keptMs);
      if (problem !== undefined) {
        refuse(reading, `${series.name}: ${problem}`, 1);
        continue;
      }
      memo.target.take(memo.slot, value, atMs, nowMs);
      reading.accepted++;
    }
  }

  #isKnown(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_METRICS) this.#known.clear();
    const found = isKnownMetric(name, this.#rules);
    this.#known.set(name, found);
    return found;
  }

  /** @returns text where the series cannot be taken */
  #memoOf(series: WrittenSeries, nowMs: number): Memo | string {
    const key = series.key();
    const memo = this.#series.get(key);
    if (memo !== undefined && !('slot' in memo && memo.slot < 0)) return memo;
    if (this.#series.size >= MOST_SERIES) this.#forgetIdle(nowMs);
    if (this.#series.size >= MOST_SERIES) return `there are more than ${MOST_SERIES} series`;
    const planned = this.#plan(series, nowMs);
    if (typeof planned !== 'string') this.#series.set(key, planned);
    return planned;
  }

  #plan({ name, labels: read }: WrittenSeries, nowMs: number): Memo | string {
    const labels = read();
    const { deviceLabel, alias } = this.options;
    const device = (deviceLabel && labels.get(deviceLabel)) || hostOf(labels.get('instance')) || labels.get('job');
    if (!device) return 'it has neither of the labels instance and job, which name the device';
    if (device.length > LONGEST_NAME) return `a name is longer than ${LONGEST_NAME} characters`;
    const id = JSON.stringify([device, labels.get('job'), labels.get('instance')]);
    for (const label of [...REPLICAS, '__name__', 'job', 'instance']) labels.delete(label);
    const series: SeriesName = { name, labels };
    const options = { device, rules: this.#rules, include: [], exclude: [], alias };
    const planned = planSeries(JSON.stringify([name, [...labels].sort()]), series, options, () => {});
    if (!isUseful(planned)) return { useless: true };
    const target = this.#targetOf(id, nowMs);
    return target === undefined ? `there are more than ${MOST_TARGETS} targets` : target.add(planned);
  }

  #targetOf(id: string, nowMs: number): TargetRounds | undefined {
    const known = this.#targets.get(id);
    if (known !== undefined) return known;
    if (this.#targets.size >= MOST_TARGETS) this.#forgetIdle(nowMs);
    if (this.#targets.size >= MOST_TARGETS) return undefined;
    const target = new TargetRounds(id);
    this.#targets.set(id, target);
    return target;
  }

  #forgetIdle(nowMs: number): void {
    for (const [id, target] of this.#targets) {
      if (nowMs - target.lastArrivalMs > IDLE_MS) this.#targets.delete(id);
    }
    const alive = new Set(this.#targets.values());
    for (const [key, memo] of this.#series) {
      if ('useless' in memo || memo.slot < 0 || !alive.has(memo.target)) this.#series.delete(key);
    }
  }
}

function refuse(reading: RemoteWriteReading, reason: string, samples: number): void {
  reading.refused += samples;
  if (reading.reasons.length < MOST_REASONS && !reading.reasons.includes(reason)) reading.reasons.push(reason);
}

function badTime(atMs: number, nowMs: number, keptMs: number): string | undefined {
  if (atMs > nowMs + FUTURE_MS) return 'the timestamp lies in the future';
  return atMs < nowMs - keptMs ? 'the timestamp is older than what is kept' : undefined;
}

/** `gpu07:9100` and `[2001:db8::7]:9100` without their ports. */
function hostOf(instance: string | undefined): string | undefined {
  const found = /^(?:\[([^\]]{1,64})\]|([^:]*))(?::\d{1,5})?$/.exec(instance ?? '');
  return found === null ? instance : (found[1] ?? found[2]);
}
