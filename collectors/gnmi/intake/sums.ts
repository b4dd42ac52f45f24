import type { CounterColumn } from '../../../lib/counters/reading.ts';

/** Summand of a counter, of every port. */
export interface Part {
  /** Parts of the lowest rank that a port has ever given are its counter, with those that grow. */
  rank: number;
  /** Added as far as it has grown; a port may lack it. */
  grows: boolean;
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
    const isRanked = parts.some(({ rank }) => rank > 0);
    const at = this.columns++ * ports;
    const high = this.words.subarray(2 * at, 2 * at + ports);
    const low = this.words.subarray(2 * at + ports, 2 * at + 2 * ports);
    const present = this.flags.subarray(at, at + ports);
    for (let port = 0; port < ports; port++) {
      const rank = isRanked ? lowestRank(parts, port) : 0;
      const latest = latestOf(parts, rank, port, oldestMs);
      latestMs[port] = latest;
      if (!(latest >= oldestMs)) continue;
      present[port] = 1;
      for (const part of parts) {
        if (part.rank !== rank && !part.grows) continue;
        const total = (low[port] ?? 0) + (part.low[port] ?? 0);
        low[port] = total >>> 0;
        high[port] = (high[port] ?? 0) + (part.high[port] ?? 0) + (total > 0xffff_ffff ? 1 : 0);
      }
    }
    return { high, low, present };
  }
}

/** When the latest part of a rank came. Whatever else has come, one missing part makes the whole unknown (NaN). */
function latestOf(parts: readonly Part[], rank: number, port: number, oldestMs: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const part of parts) {
    if (part.rank !== rank && !part.grows) continue;
    const received = part.receivedMs[port] ?? Number.NaN;
    if (received > latest) latest = received;
    if (!part.grows && !(received >= oldestMs)) return Number.NaN;
  }
  return latest;
}

/** Of the parts that a port has given; those that are only added have none. */
function lowestRank(parts: readonly Part[], port: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { rank, receivedMs, grows } of parts)
    if (!grows && rank < lowest && !Number.isNaN(receivedMs[port] ?? Number.NaN)) lowest = rank;
  return lowest;
}
