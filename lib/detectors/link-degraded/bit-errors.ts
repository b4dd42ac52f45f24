import { PAM4_FROM_BITS_PER_SEC } from '../../counters/frame-loss.ts';
import type { DetectorConfig } from '../config.ts';
import { type DetectorMemory, memoryOf } from '../detector.ts';
import { poissonInterval } from './poisson.ts';

/** What is kept of each port's bit errors: eleven numbers, however long it is watched. */
export interface BitErrors {
  /** The block being counted. */
  errors: Float64Array;
  bits: Float64Array;
  sinceMs: Float64Array;
  /** The last full block: ratio and its 95 % interval. */
  ratio: Float64Array;
  low: Float64Array;
  high: Float64Array;
  /** How bad that is (0 fine, 1 warning, 2 critical), and until when it holds if nothing new is read, ms. */
  rank: Float64Array;
  untilMs: Float64Array;
  /** log10 of the usual ratio, how long it was learned, and since when the ratio stands above it. */
  median: Float64Array;
  watchedMs: Float64Array;
  worseSinceMs: Float64Array;
}

/** Errors of one interval, or of the part of it that was measured. */
export interface CountedErrors {
  errors: number;
  bits: number;
  startMs: number;
  endMs: number;
  /** NaN = unknown. */
  rateBitsPerSec: number;
}

/** Intervals that a verdict outlives the last reading. */
const HOLD_INTERVALS = 2;
/** The limits are stated to one digit: what cannot be told from the limit is at it. */
const ROUNDING = 1.05;

/** A detector's memory of bit errors. */
export function bitErrorsOf(memory: DetectorMemory, ports: number): BitErrors {
  const of = (name: string): Float64Array => memoryOf(memory, `ber.${name}`, ports);
  return {
    errors: of('errors'),
    bits: of('bits'),
    sinceMs: of('since'),
    ratio: of('ratio'),
    low: of('low'),
    high: of('high'),
    rank: of('rank'),
    untilMs: of('until'),
    median: of('median'),
    watchedMs: of('watched'),
    worseSinceMs: of('worse'),
  };
}

/** Forgets the block being counted and the verdict: the link was down or trained anew. */
export function forgetBitErrors(kept: BitErrors, port: number): void {
  for (const values of [kept.errors, kept.bits, kept.sinceMs, kept.rank, kept.untilMs, kept.worseSinceMs])
    values[port] = Number.NaN;
}

/**
 * Adds errors up until there are enough for a ratio, then judges it against the limits of the lane code and against
 * the link's own median.
 * @source detection.md section 6
 */
export function countBitErrors(kept: BitErrors, port: number, counted: CountedErrors, config: DetectorConfig): void {
  const { startMs, endMs } = counted;
  const errors = known(kept.errors, port) + counted.errors;
  const bits = known(kept.bits, port) + counted.bits;
  const sinceMs = Number.isNaN(kept.sinceMs[port] ?? Number.NaN) ? startMs : (kept.sinceMs[port] ?? startMs);
  const enough = errors >= config.berMinErrors;
  if (!enough && endMs - sinceMs < config.berBlockMs) {
    kept.errors[port] = errors;
    kept.bits[port] = bits;
    kept.sinceMs[port] = sinceMs;
    return;
  }
  kept.errors[port] = Number.NaN;
  kept.bits[port] = Number.NaN;
  kept.sinceMs[port] = Number.NaN;
  const { low, high } = poissonInterval(errors);
  // Too few errors in the longest block: the link is at most this bad.
  const ratio = enough ? errors / bits : high / bits;
  kept.ratio[port] = ratio;
  kept.low[port] = low / bits;
  kept.high[port] = high / bits;
  const worse = learn(kept, port, ratio, sinceMs, endMs, config);
  const level = enough ? levelOf(ratio, low / bits, counted.rateBitsPerSec, config) : 0;
  kept.rank[port] = Math.max(level, enough && worse ? 1 : 0);
  kept.untilMs[port] = endMs + HOLD_INTERVALS * (endMs - sinceMs);
}

/** How bad the last ratio is at `endMs`: 0 fine or not known, 1 warning, 2 critical. */
export function bitErrorRank(kept: BitErrors, port: number, endMs: number): number {
  return endMs <= (kept.untilMs[port] ?? Number.NaN) ? known(kept.rank, port) : 0;
}

/** Limits for a link rate; an unknown rate is judged by the wider ones. */
export function berLimits(rateBitsPerSec: number, config: DetectorConfig): { warning: number; critical: number } {
  return rateBitsPerSec < PAM4_FROM_BITS_PER_SEC
    ? { warning: config.berWarningNrz, critical: config.berCriticalNrz }
    : { warning: config.berWarningPam4, critical: config.berCriticalPam4 };
}

/** Above a warning the whole interval must stand at the limit. @source detection.md section 1 item 11 */
function levelOf(ratio: number, low: number, rateBitsPerSec: number, config: DetectorConfig): number {
  const { warning, critical } = berLimits(rateBitsPerSec, config);
  if (ratio >= critical && low * ROUNDING >= critical) return 2;
  return ratio * (1 + 1e-9) >= warning ? 1 : 0;
}

/**
 * Follows the median in steps: half the memory to move by one decade, which is when a true median of that memory
 * would have moved. @returns true once the ratio has stood above it long enough
 */
function learn(
  kept: BitErrors,
  port: number,
  ratio: number,
  startMs: number,
  endMs: number,
  config: DetectorConfig,
): boolean {
  if (!(ratio > 0)) return false;
  const value = Math.log10(ratio);
  const before = kept.median[port] ?? Number.NaN;
  const learned = known(kept.watchedMs, port);
  const elapsed = endMs - startMs;
  kept.watchedMs[port] = learned + elapsed;
  if (Number.isNaN(before)) {
    kept.median[port] = value;
    return false;
  }
  const worse = learned >= config.berLearnMs && value - before >= config.berTrendDecades;
  if (!worse) kept.worseSinceMs[port] = Number.NaN;
  else if (Number.isNaN(kept.worseSinceMs[port] ?? Number.NaN)) kept.worseSinceMs[port] = startMs;
  // Early on it learns faster, but not from what may be the trouble.
  const step = elapsed * Math.max(2 / config.berMedianMs, worse ? 0 : 1 / (learned + elapsed));
  const away = value - before;
  kept.median[port] = before + Math.sign(away) * Math.min(Math.abs(away), step);
  return worse && endMs - (kept.worseSinceMs[port] ?? endMs) >= config.berTrendMs;
}

function known(values: Float64Array, port: number): number {
  const value = values[port] ?? Number.NaN;
  return Number.isNaN(value) ? 0 : value;
}
