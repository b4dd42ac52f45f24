import { StoreError } from '../errors.ts';
import { QUALITIES, SAMPLE_FIELDS } from '../samples/fields.ts';
import type { Sample } from '../samples/sample.ts';
import { SeriesDictionary } from './series.ts';

const FIELD_INDEX = new Map<string, number>(SAMPLE_FIELDS.map((field, index) => [field, index]));

/** Samples in columns on their way to a store: what ingest fills and an adapter writes without making row objects. */
export class SampleBlock {
  length = 0;
  /** [row] ids of `dictionary`. */
  series: Int32Array;
  /** [row] Unix ms. */
  startMs: Float64Array;
  endMs: Float64Array;
  /** [row] index into QUALITIES. */
  quality: Uint8Array;
  /** [index in SAMPLE_FIELDS][row]; NaN = not given; undefined where no row gives the field. */
  readonly columns: (Float64Array | undefined)[] = new Array(SAMPLE_FIELDS.length).fill(undefined);

  constructor(
    readonly dictionary: SeriesDictionary,
    private capacity = 256,
  ) {
    this.series = new Int32Array(capacity);
    this.startMs = new Float64Array(capacity);
    this.endMs = new Float64Array(capacity);
    this.quality = new Uint8Array(capacity);
  }

  /** Adds a row without values and returns its number. */
  addRow(series: number, startMs: number, endMs: number, quality: number): number {
    const row = this.length;
    if (row === this.capacity) this.grow();
    this.series[row] = series;
    this.startMs[row] = startMs;
    this.endMs[row] = endMs;
    this.quality[row] = quality;
    this.length = row + 1;
    return row;
  }

  /** Sets one value of a row; `field` is the index in SAMPLE_FIELDS. */
  set(row: number, field: number, value: number): void {
    let column = this.columns[field];
    if (!column) {
      column = new Float64Array(this.capacity).fill(Number.NaN);
      this.columns[field] = column;
    }
    column[row] = value;
  }

  /** The rows as objects: for adapters that have no use for columns. */
  toSamples(): Sample[] {
    const samples: Sample[] = [];
    for (let row = 0; row < this.length; row++) samples.push(this.sample(row));
    return samples;
  }

  /** One row as an object. */
  sample(row: number): Sample {
    const ref = this.dictionary.series[this.series[row] ?? -1];
    if (!ref) throw new StoreError('invariant', 'a row names a series its dictionary does not have');
    const sample: Sample = {
      device: ref.device,
      port: ref.port,
      startMs: this.startMs[row] ?? 0,
      endMs: this.endMs[row] ?? 0,
      quality: QUALITIES[this.quality[row] ?? 0] ?? 'exact',
      fields: {},
    };
    if (ref.priority >= 0) sample.priority = ref.priority;
    for (let field = 0; field < SAMPLE_FIELDS.length; field++) {
      const value = this.columns[field]?.[row];
      const name = SAMPLE_FIELDS[field];
      if (name !== undefined && value !== undefined && !Number.isNaN(value)) sample.fields[name] = value;
    }
    return sample;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const series = new Int32Array(capacity);
    series.set(this.series);
    this.series = series;
    const quality = new Uint8Array(capacity);
    quality.set(this.quality);
    this.quality = quality;
    this.startMs = widened(this.startMs, capacity, 0);
    this.endMs = widened(this.endMs, capacity, 0);
    for (let field = 0; field < this.columns.length; field++) {
      const column = this.columns[field];
      if (column) this.columns[field] = widened(column, capacity, Number.NaN);
    }
    this.capacity = capacity;
  }
}

function widened(values: Float64Array, capacity: number, rest: number): Float64Array {
  const wider = new Float64Array(capacity);
  wider.set(values);
  if (rest !== 0) wider.fill(rest, values.length);
  return wider;
}

/**
 * Rows to columns.
 * @throws StoreError naming the row, for a value or time that is not a finite number, or an interval of no length
 */
export function blockFromSamples(samples: readonly Sample[], dictionary = new SeriesDictionary()): SampleBlock {
  const block = new SampleBlock(dictionary, Math.max(16, samples.length));
  for (const sample of samples) {
    checkTimes(sample);
    const priority = sample.priority ?? -1;
    const row = block.addRow(
      dictionary.id(sample.device, sample.port, priority),
      sample.startMs,
      sample.endMs,
      Math.max(0, QUALITIES.indexOf(sample.quality)),
    );
    for (const [name, value] of Object.entries(sample.fields)) {
      const field = FIELD_INDEX.get(name);
      if (field === undefined || value === undefined) continue;
      if (!Number.isFinite(value)) refuse(sample, `${name} is ${value}`);
      block.set(row, field, value);
    }
  }
  return block;
}

function checkTimes(sample: Sample): void {
  if (!Number.isFinite(sample.startMs) || !Number.isFinite(sample.endMs)) refuse(sample, 'its time is not a number');
  if (sample.endMs <= sample.startMs) refuse(sample, 'its interval does not end after it starts');
  const { priority } = sample;
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= 7)) {
    refuse(sample, `priority ${priority} is not 0..7`);
  }
}

function refuse(sample: Sample, reason: string): never {
  throw new StoreError('malformed', `sample of ${sample.device} ${sample.port}: ${reason}`, { retryable: false });
}
