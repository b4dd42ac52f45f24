import type { Clock } from '../../lib/clock.ts';
import { type StepMapping, TRAIN_STEP } from '../../lib/config/pushed.ts';
import { StoreError } from '../../lib/errors.ts';
import type { PointView, Precision, ReadSummary, SeriesHead } from '../../lib/line-protocol/point.ts';
import { LineReader } from '../../lib/line-protocol/reader.ts';
import { fieldFromSnake, QUALITIES, type Quality, SAMPLE_FIELDS } from '../../lib/samples/fields.ts';
import { SampleBlock } from '../../lib/store/block.ts';
import type { SeriesDictionary } from '../../lib/store/series.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import { LANZ_MEASUREMENT, type LanzHead, LanzRecords, readLanzHead } from './lanz.ts';
import { type CounterHead, PushedCounters } from './pushed-counters.ts';
import { readStepPoint } from './step-lines.ts';

/** A sample from further ahead than this is a broken clock, ms. */
const FUTURE_MS = 600_000;
/** Longest name of a device or port. */
const MAX_NAME = 256;
/** Unknown measurements counted by name; the rest is counted together. */
const MAX_UNKNOWN_NAMES = 100;

/** Field slots beside those of SAMPLE_FIELDS. */
const INTERVAL = -1;
const IGNORED = -2;

/** What one body held. */
export interface ParsedLines {
  block: SampleBlock;
  steps: StepRecord[];
  summary: ReadSummary;
  /** For `stored`. */
  counted: number;
}

interface PortHead {
  kind: 'port';
  series: number;
  quality: number;
}
type HeadMemo =
  | PortHead
  | CounterHead
  | LanzHead
  | { kind: 'step'; mapping: StepMapping }
  | { kind: 'unknown' }
  | { kind: 'bad'; problem: string };

/**
 * Line protocol to samples and steps. Measurement `port` is a sample (docs/architecture.md, "Time and data"),
 * `train_step` a training step; Telegraf's counters (telegraf.ts) and Arista's
 * congestion records (lanz.ts) become samples; other measurements are counted by name and left aside.
 */
export class LineIngest {
  /** Points of measurements nobody here knows, by name. */
  readonly unknown = new Map<string, number>();
  #reader = new LineReader();
  #steppers: ReadonlyMap<string, StepMapping> = new Map([[TRAIN_STEP.measurement, TRAIN_STEP]]);
  readonly #counters: PushedCounters;
  readonly #lanz = new LanzRecords();
  #nowMs = 0;
  #block: SampleBlock;
  #steps: StepRecord[] = [];

  constructor(
    private readonly dictionary: SeriesDictionary,
    private readonly clock: Clock,
    /** Samples older than this would be gone at once, ms. */
    public retentionMs: number,
  ) {
    this.#block = new SampleBlock(dictionary);
    this.#counters = new PushedCounters(dictionary);
  }

  /** Size of a segment of switch memory, bytes; undefined where nobody says. */
  setLanzSegment(bytes: number | undefined): void {
    this.#lanz.segmentBytes = bytes;
  }

  /** Measurements that are steps, beside `train_step`; from the next body on. */
  setStepMappings(mappings: readonly StepMapping[]): void {
    this.#steppers = new Map([TRAIN_STEP, ...mappings].map((mapping) => [mapping.measurement, mapping]));
    // What the reader remembers of series was made with the mappings before.
    this.#reader = new LineReader();
  }

  parse(body: Buffer, precision: Precision): ParsedLines {
    this.#nowMs = this.clock.now();
    this.#block = new SampleBlock(this.dictionary, 1024);
    this.#steps = [];
    const summary = this.#reader.read(body, precision, (point) => this.#take(point));
    const counted = this.#counters.finish(this.#block);
    return { block: this.#block, steps: this.#steps, summary, counted };
  }

  /** The block of a body is stored. */
  stored({ counted }: ParsedLines): void {
    this.#counters.stored(counted);
  }

  #take(point: PointView): string | undefined {
    point.head.memo ??= this.#readHead(point.head);
    const memo = point.head.memo as HeadMemo;
    switch (memo.kind) {
      case 'port':
        return this.#takePort(point, memo);
      case 'step': {
        const record = readStepPoint(point, this.#nowMs, memo.mapping);
        if (typeof record === 'string') return record;
        this.#steps.push(record);
        return undefined;
      }
      case 'counters': {
        const atMs = point.timestampMs ?? this.#nowMs;
        const problem = this.#checkTime(atMs);
        if (problem === undefined) this.#counters.take(point, memo, atMs);
        return problem;
      }
      case 'lanz': {
        const atMs = this.#lanz.timeOf(point, this.#nowMs);
        const { device, port, priority } = memo;
        const seriesOf = () => this.#seriesOf(device, port, priority);
        return this.#checkTime(atMs) ?? this.#lanz.take(point, memo, atMs, this.#block, seriesOf);
      }
      case 'unknown': {
        this.#countUnknown(point.head.measurement, 1);
        return undefined;
      }
      case 'bad':
        return memo.problem;
    }
  }

  /** Counts points of metrics that came another way and mean nothing here. */
  leaveAside(points: ReadonlyMap<string, number>): void {
    for (const [name, count] of points) this.#countUnknown(name, count);
  }

  #countUnknown(name: string, count: number): void {
    const key = this.unknown.has(name) || this.unknown.size < MAX_UNKNOWN_NAMES ? name : '(others)';
    this.unknown.set(key, (this.unknown.get(key) ?? 0) + count);
  }

  #readHead(head: SeriesHead): HeadMemo {
    const mapping = this.#steppers.get(head.measurement);
    if (mapping) return { kind: 'step', mapping };
    if (head.measurement === LANZ_MEASUREMENT) {
      const lanz = readLanzHead(head.tags);
      return typeof lanz === 'string' ? bad(lanz) : lanz;
    }
    if (head.measurement !== 'port') {
      const counters = this.#counters.head(head.measurement, head.tags);
      return typeof counters === 'string' ? bad(counters) : (counters ?? { kind: 'unknown' });
    }
    const { tags } = head;
    const device = tags.get('device');
    const port = tags.get('port');
    if (device === undefined || port === undefined) return bad('port needs the tags device and port');
    if (device.length > MAX_NAME || port.length > MAX_NAME) return bad(`a name is longer than ${MAX_NAME} characters`);
    const priorityText = tags.get('priority');
    if (priorityText !== undefined && !/^[0-7]$/.test(priorityText)) return bad('tag priority is not 0..7');
    const quality = QUALITIES.indexOf((tags.get('quality') ?? 'exact') as Quality);
    if (quality < 0) return bad(`tag quality is not one of ${QUALITIES.join(', ')}`);
    const series = this.#seriesOf(device, port, priorityText === undefined ? -1 : Number(priorityText));
    return typeof series === 'string' ? bad(series) : { kind: 'port', series, quality };
  }

  /** @returns text where there are too many series */
  #seriesOf(device: string, port: string, priority: number): number | string {
    try {
      return this.dictionary.id(device, port, priority);
    } catch (error) {
      if (error instanceof StoreError) return error.message;
      throw error;
    }
  }

  #checkTime(atMs: number): string | undefined {
    if (atMs > this.#nowMs + FUTURE_MS) return 'the timestamp lies in the future';
    if (atMs < this.#nowMs - this.retentionMs) return 'the timestamp is older than what is kept';
    return undefined;
  }

  #takePort(point: PointView, head: PortHead): string | undefined {
    const endMs = point.timestampMs ?? this.#nowMs;
    const late = this.#checkTime(endMs);
    if (late !== undefined) return late;
    let intervalMs = Number.NaN;
    let values = 0;
    for (let i = 0; i < point.count; i++) {
      const slot = slotOf(point, i);
      if (slot === IGNORED) continue;
      const problem = checkNumber(point, i);
      if (problem !== undefined) return problem;
      if (slot === INTERVAL) intervalMs = point.numbers[i] ?? Number.NaN;
      else values++;
    }
    if (!(intervalMs > 0 && Number.isFinite(intervalMs))) return 'port needs the field interval_ms, above 0';
    if (values === 0) return 'no field of port is known';
    const row = this.#block.addRow(head.series, endMs - intervalMs, endMs, head.quality);
    for (let i = 0; i < point.count; i++) {
      const slot = point.keys[i]?.memo as number;
      if (slot >= 0) this.#block.set(row, slot, numberOf(point, i));
    }
    return undefined;
  }
}

function bad(problem: string): HeadMemo {
  return { kind: 'bad', problem };
}

/** Index in SAMPLE_FIELDS, or one of the slots beside. Remembered on the key, which is the same object line after line. */
function slotOf(point: PointView, i: number): number {
  const key = point.keys[i];
  if (!key) return IGNORED;
  if (key.memo === undefined) {
    const field = fieldFromSnake(key.name);
    key.memo = key.name === 'interval_ms' ? INTERVAL : field === undefined ? IGNORED : SAMPLE_FIELDS.indexOf(field);
  }
  return key.memo as number;
}

function checkNumber(point: PointView, i: number): string | undefined {
  if (point.kinds[i] === 'string') return `field ${point.keys[i]?.name} is text, not a number`;
  return undefined;
}

/** Integers beyond 2^53 (a queue in bytes is none) lose their last digits here: samples are doubles. */
function numberOf(point: PointView, i: number): number {
  const other = point.others[i];
  return typeof other === 'bigint' ? Number(other) : (point.numbers[i] ?? Number.NaN);
}
