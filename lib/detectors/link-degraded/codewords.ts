import { codewordsIn, frameLossRatio, interleaveOf, laneOverhead } from '../../counters/frame-loss.ts';
import type { DetectorConfig } from '../config.ts';
import { type DetectorMemory, memoryOf } from '../detector.ts';

/** What is kept of each port's uncorrectable codewords: this minute, the one before, and how many in a row had some. */
export interface Codewords {
  sinceMs: Float64Array;
  count: Float64Array;
  previous: Float64Array;
  previousMs: Float64Array;
  minutes: Float64Array;
  /** Frame loss ratio over the last two minutes; NaN = too few codewords for one. */
  frameLoss: Float64Array;
  /** What the last reading counted, and until when it stands if nothing new is read, ms. */
  last: Float64Array;
  untilMs: Float64Array;
}

const MINUTE_MS = 60_000;
/** Intervals that a reading stands for where FEC counters come more rarely than the others. */
const HOLD_INTERVALS = 2;
/** Codewords needed for a ratio. @source detection.md section 1 item 10 */
const MIN_FOR_RATIO = 10;

/** A detector's memory of uncorrectable codewords. */
export function codewordsOf(memory: DetectorMemory, ports: number): Codewords {
  const of = (name: string): Float64Array => memoryOf(memory, `codewords.${name}`, ports);
  return {
    sinceMs: of('since'),
    count: of('count'),
    previous: of('previous'),
    previousMs: of('previousMs'),
    minutes: of('minutes'),
    frameLoss: of('frameLoss'),
    last: of('last'),
    untilMs: of('until'),
  };
}

/** Forgets everything: the link was down or trained anew. */
export function forgetCodewords(kept: Codewords, port: number): void {
  for (const values of Object.values(kept) as Float64Array[]) values[port] = Number.NaN;
}

/** Adds the uncorrectable codewords of one interval. @param rateBitsPerSec NaN = unknown: then there is no loss ratio */
export function countCodewords(
  kept: Codewords,
  port: number,
  errors: number,
  startMs: number,
  endMs: number,
  rateBitsPerSec: number,
): void {
  const sinceMs = or(kept.sinceMs, port, startMs);
  const count = or(kept.count, port, 0) + errors;
  kept.last[port] = errors;
  kept.untilMs[port] = endMs + HOLD_INTERVALS * (endMs - startMs);
  kept.sinceMs[port] = sinceMs;
  kept.count[port] = count;
  const elapsed = endMs - sinceMs;
  if (elapsed < MINUTE_MS) return;
  const minutes = Math.floor(elapsed / MINUTE_MS);
  kept.minutes[port] = count >= minutes ? or(kept.minutes, port, 0) + minutes : 0;
  const both = count + or(kept.previous, port, 0);
  const seconds = (elapsed + or(kept.previousMs, port, 0)) / 1000;
  const laneBits = rateBitsPerSec * laneOverhead(rateBitsPerSec) * seconds;
  kept.frameLoss[port] =
    both >= MIN_FOR_RATIO
      ? frameLossRatio(both / codewordsIn(laneBits, rateBitsPerSec), interleaveOf(rateBitsPerSec))
      : Number.NaN;
  kept.previous[port] = count;
  kept.previousMs[port] = elapsed;
  kept.sinceMs[port] = endMs;
  kept.count[port] = 0;
}

/** Uncorrectable codewords of the last reading that still stands at `endMs`. */
export function codewordsNow(kept: Codewords, port: number, endMs: number): number {
  return endMs <= (kept.untilMs[port] ?? Number.NaN) ? or(kept.last, port, 0) : 0;
}

/**
 * How bad it is in an interval that has codewords: 1 warning, 2 critical.
 * @param foretold frame loss ratio that FEC foretells: counts where too few codewords were lost to measure one
 */
export function codewordRank(kept: Codewords, port: number, foretold: number, config: DetectorConfig): number {
  const lasting = or(kept.minutes, port, 0) >= config.codewordMinutesCritical;
  return lasting || or(kept.frameLoss, port, foretold) > config.frameLossCritical ? 2 : 1;
}

function or(values: Float64Array, port: number, otherwise: number): number {
  const value = values[port] ?? Number.NaN;
  return Number.isNaN(value) ? otherwise : value;
}
