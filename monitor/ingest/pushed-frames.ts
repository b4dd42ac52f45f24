import { createNormaliser, type ReadingFrame } from '../../lib/counters/index.ts';
import { StoreError } from '../../lib/errors.ts';
import { SAMPLE_FIELDS } from '../../lib/samples/fields.ts';
import type { SampleFrame } from '../../lib/samples/frame.ts';
import type { SampleBlock } from '../../lib/store/block.ts';
import type { SeriesDictionary } from '../../lib/store/series.ts';

/** Frames whose rows are not known to be stored. */
const MAX_UNSTORED = 20_000;
/** Sources whose counters are remembered; those silent longest are let go. */
const MAX_SOURCES = 40_000;

/**
 * Readings of cumulative counters that others push, turned into samples by the collectors' own arithmetic: resets,
 * wraps and gaps are treated alike. Samples are given again until they are stored.
 */
export class PushedFrames {
  readonly #normaliser = createNormaliser();
  #unstored: { number: number; frame: SampleFrame }[] = [];
  #made = 0;
  readonly #sources = new Set<string>();

  constructor(private readonly dictionary: SeriesDictionary) {}

  /** Takes a reading. @param source whose it is: two sources of one device do not mix */
  advance(source: string, reading: ReadingFrame): void {
    this.#sources.delete(source);
    this.#sources.add(source);
    for (const oldest of this.#sources) {
      if (this.#sources.size <= MAX_SOURCES) break;
      this.#sources.delete(oldest);
      this.#normaliser.forget(oldest);
    }
    for (const frame of this.#normaliser.advance({ ...reading, device: source }).frames) {
      this.#unstored.push({ number: ++this.#made, frame: { ...frame, device: reading.device } });
    }
  }

  /**
   * Ends a body: its samples, and those of bodies before that are not stored, go into the block.
   * @returns what `stored` wants to know once the block is
   */
  finish(block: SampleBlock): number {
    if (this.#unstored.length > MAX_UNSTORED) this.#unstored.splice(0, this.#unstored.length - MAX_UNSTORED);
    for (const { frame } of this.#unstored) this.#addRows(frame, block);
    return this.#made;
  }

  /** A block is stored. @param made what `finish` said of it */
  stored(made: number): void {
    this.#unstored = this.#unstored.filter(({ number }) => number > made);
  }

  #addRows(frame: SampleFrame, block: SampleBlock): void {
    const priorities = [...new Set(frame.columns.map(({ priority }) => priority))];
    frame.ports.forEach((port, index) => {
      const startMs = frame.startMs[index] ?? Number.NaN;
      const endMs = frame.endMs[index] ?? Number.NaN;
      if (Number.isNaN(endMs)) return;
      for (const priority of priorities) {
        const given = frame.columns.filter(
          (column) => column.priority === priority && !Number.isNaN(column.values[index] ?? Number.NaN),
        );
        const series = given.length === 0 ? undefined : this.#seriesOf(frame.device, port, priority);
        if (series === undefined) continue;
        const row = block.addRow(series, startMs, endMs, frame.quality[index] ?? 0);
        for (const { field, values } of given)
          block.set(row, SAMPLE_FIELDS.indexOf(field), values[index] ?? Number.NaN);
      }
    });
  }

  /** undefined where there are too many series already; the port itself has been counted when it came. */
  #seriesOf(device: string, port: string, priority: number): number | undefined {
    try {
      return this.dictionary.id(device, port, priority);
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }
}
