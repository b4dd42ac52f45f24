import type { CounterColumn } from '../../../lib/counters/reading.ts';

/** Summand of a counter, of every port. */
export interface Part {
  high: Uint32Array;
  low: Uint32Array;
  /** [port] when it arrived (Unix ms); NaN = never, or deleted. */
  receivedMs: Float64Array;
}

type Words = Pick<CounterColumn, 'high' | 'low' | 'present'>;

/** Columns of one frame. They lie in one piece of memory: making many small arrays costs more than filling them. */
export class Sums {
  private readonly words: Uint32Array;
  private readonly flags: Uint8Array;
  private columns = 0;
  /** [port] when the latest part of the last column came; NaN where one that was ever given is missing. */
  readonly latestMs: Float64Array;

  constructor(
    columns: number,
    private readonly ports: number,
  ) {
    this.words = new Uint32Array(2 * columns * ports);
    this.flags = new Uint8Array(columns * ports);
    this.latestMs = new Float64Array(ports);
  }

  /** The next column: the parts of a counter added up. Parts older than `oldestMs` are missing. */
  next(parts: readonly Part[], oldestMs: number): Words {
    const { ports, latestMs } = this;
    const at = this.columns++ * ports;
    const high = this.words.subarray(2 * at, 2 * at + ports);
    const low = this.words.subarray(2 * at + ports, 2 * at + 2 * ports);
    const present = this.flags.subarray(at, at + ports);
    for (let port = 0; port < ports; port++) {
      let latest = Number.NEGATIVE_INFINITY;
      for (const part of parts) {
        const received = part.receivedMs[port] ?? Number.NaN;
        // Whatever else has come, one missing part makes the whole unknown.
        latest = received >= oldestMs ? Math.max(latest, received) : Number.NaN;
        if (Number.isNaN(latest)) break;
        const total = (low[port] ?? 0) + (part.low[port] ?? 0);
        low[port] = total >>> 0;
        high[port] = (high[port] ?? 0) + (part.high[port] ?? 0) + (total > 0xffff_ffff ? 1 : 0);
      }
      latestMs[port] = latest;
      if (latest >= oldestMs) present[port] = 1;
    }
    return { high, low, present };
  }
}
