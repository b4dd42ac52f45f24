import type { Clock } from '../../lib/clock.ts';
import { RemoteWriteIntake, type RemoteWriteOptions, type RemoteWriteReading } from '../../lib/remote-write/intake.ts';
import { SampleBlock } from '../../lib/store/block.ts';
import type { SeriesDictionary } from '../../lib/store/series.ts';
import { PushedFrames } from './pushed-frames.ts';

/** What one remote write held. */
export interface ScrapedBlock {
  block: SampleBlock;
  /** For `stored`. */
  made: number;
  reading: RemoteWriteReading;
}

/** Scrapes that Prometheus writes on, turned into samples as if the page had been read here. */
export class PushedScrapes {
  readonly #frames: PushedFrames;
  #intake: RemoteWriteIntake;
  #options: string;

  constructor(
    private readonly dictionary: SeriesDictionary,
    private readonly clock: Clock,
    private retentionMs: number,
    options: RemoteWriteOptions,
  ) {
    this.#frames = new PushedFrames(dictionary);
    this.#intake = new RemoteWriteIntake(options);
    this.#options = JSON.stringify(options);
  }

  /** From the next request on. Other options make other devices and ports: what is remembered of series goes. */
  configure(retentionMs: number, options: RemoteWriteOptions): void {
    this.retentionMs = retentionMs;
    const text = JSON.stringify(options);
    if (text === this.#options) return;
    this.#options = text;
    this.#intake = new RemoteWriteIntake(options);
  }

  /** @throws ParseError where the body is no WriteRequest */
  take(body: Buffer): ScrapedBlock {
    const reading = this.#intake.read(body, this.clock.now(), this.retentionMs);
    const block = new SampleBlock(this.dictionary, 1024);
    for (const { source, frames } of reading.readings) {
      for (const frame of frames) this.#frames.advance(JSON.stringify([source, frame.device]), frame);
    }
    return { block, made: this.#frames.finish(block), reading };
  }

  /** The block of a request is stored. */
  stored(made: number): void {
    this.#frames.stored(made);
  }
}
