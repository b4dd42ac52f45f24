import type { ImpactSegment } from '../diagnosis/incident.ts';
import type { OpenExcess } from './attribution.ts';
import type { TrainingConfig } from './config.ts';

/** Fraction of the golden ratio: its multiples fill an interval evenly without ever falling into step with anything periodic. */
const GOLDEN = 0.6180339887498949;

/**
 * Chance that slow steps and an event track coincide by accident: the coincidence is compared with what it would be had the track
 * run earlier or later. Shifting the whole track keeps its bursts and those of the steps, which plain shuffling would destroy
 * and so reject far too often. Both take the best of the same lags.
 * @param steps all steps of the window in time order; only those with excess weigh
 * @returns p in (0, 1], or null with fewer than `significanceSteps` steps or no track
 */
export function coincidenceP(
  steps: readonly OpenExcess[],
  segments: readonly ImpactSegment[],
  config: TrainingConfig,
): number | null {
  const track = segments.filter((segment) => segment.evidenceSeconds > 0);
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last || steps.length < config.significanceSteps || track.length === 0) return null;
  const windowMs = last.endMs - first.startMs;
  const pollMs = Math.min(...track.map((segment) => segment.endMs - segment.startMs));
  if (!(windowMs > 0) || !(pollMs > 0)) return null;
  const coverage = new TrackCoverage(track, first.startMs, windowMs, pollMs);
  const slow = steps.filter((step) => step.seconds > 0);
  const observed = bestLag(slow, coverage, 0, pollMs);
  let atLeast = 0;
  for (let b = 1; b <= config.significanceShifts; b++) {
    const shiftMs = windowMs * (0.05 + 0.9 * ((b * GOLDEN) % 1));
    if (bestLag(slow, coverage, shiftMs, pollMs) >= observed) atLeast++;
  }
  return (1 + atLeast) / (config.significanceShifts + 1);
}

function bestLag(slow: readonly OpenExcess[], coverage: TrackCoverage, shiftMs: number, pollMs: number): number {
  let best = 0;
  for (let lag = 0; lag <= 2; lag++) {
    let sum = 0;
    for (const step of slow) {
      const overlap = coverage.between(step.startMs - shiftMs - lag * pollMs, step.endMs - shiftMs - lag * pollMs);
      sum += Math.min(step.seconds, overlap / 1000);
    }
    best = Math.max(best, sum);
  }
  return best;
}

/** How many ms of a circular window an event track covers between two times: prefix sums over cells of half a poll. */
class TrackCoverage {
  private readonly prefix: Float64Array;
  private readonly cellMs: number;

  constructor(
    track: readonly ImpactSegment[],
    private readonly startMs: number,
    private readonly windowMs: number,
    pollMs: number,
  ) {
    const cells = Math.max(1, Math.min(100_000, Math.ceil((2 * windowMs) / pollMs)));
    this.cellMs = windowMs / cells;
    const covered = new Float64Array(cells);
    for (const segment of track) {
      const from = Math.max(0, segment.startMs - startMs);
      const to = Math.min(windowMs, segment.endMs - startMs);
      for (let cell = Math.floor(from / this.cellMs); cell < cells && cell * this.cellMs < to; cell++) {
        const shared = Math.min(to, (cell + 1) * this.cellMs) - Math.max(from, cell * this.cellMs);
        covered[cell] = Math.min(this.cellMs, (covered[cell] ?? 0) + Math.max(0, shared));
      }
    }
    this.prefix = new Float64Array(cells + 1);
    for (let cell = 0; cell < cells; cell++) this.prefix[cell + 1] = (this.prefix[cell] ?? 0) + (covered[cell] ?? 0);
  }

  /** Covered ms between two times; both wrap around the window. */
  between(fromMs: number, toMs: number): number {
    return this.before(toMs) - this.before(fromMs);
  }

  /** Covered ms since the window's start, growing past every turn of the circle. */
  private before(timeMs: number): number {
    const sinceMs = timeMs - this.startMs;
    const turns = Math.floor(sinceMs / this.windowMs);
    const at = (sinceMs - turns * this.windowMs) / this.cellMs;
    const cell = Math.min(this.prefix.length - 2, Math.floor(at));
    const low = this.prefix[cell] ?? 0;
    const high = this.prefix[cell + 1] ?? low;
    const total = this.prefix[this.prefix.length - 1] ?? 0;
    return turns * total + low + (high - low) * (at - cell);
  }
}

/**
 * Benjamini-Hochberg: which of several p-values stand together at a false discovery rate.
 * @returns one flag per p-value, in their order; null p-values never stand
 */
export function falseDiscoveries(pValues: readonly (number | null)[], rate: number): boolean[] {
  const known = pValues.filter((p) => p !== null).sort((a, b) => a - b);
  let limit = -1;
  known.forEach((p, i) => {
    if (p <= (rate * (i + 1)) / known.length) limit = p;
  });
  return pValues.map((p) => p !== null && p <= limit);
}
