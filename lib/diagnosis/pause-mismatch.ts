/** The two ends of a cable may differ by this much, as a share of time or of the larger of both. @source detection.md section 2 */
const ABSOLUTE_TOLERANCE = 0.02;
const RELATIVE_TOLERANCE = 0.2;

/** Intervals in a row after which a difference is believed. @source detection.md section 2 */
const INTERVALS_NEEDED = 3;

/** Factor on the confidence of a finding that stands on a cable whose ends disagree. @source detection.md section 2 */
export const PAUSE_MISMATCH_CONFIDENCE = 0.5;

/** How one cable's ends agreed so far. Plain data. */
export interface PauseMismatch {
  /** End of the last interval that was compared, Unix ms; 0 = none yet. */
  lastEndMs: number;
  /** Differing intervals in a row. */
  differing: number;
  /** The ends disagree about the pause on their cable. */
  mismatch: boolean;
}

/** What both ends say of one direction of one interval: rx of one end and tx of the other, fractions 0..1. */
export interface PausePair {
  /** End of the later of the two intervals, ms. */
  endMs: number;
  /** Share of time that one end says it was told to stop; NaN = not known. */
  told: number;
  /** Share of time that the other end says it told it so; NaN = not known. */
  asserted: number;
}

/** True where two shares of one interval cannot both be right. */
export function pausesDiffer(told: number, asserted: number): boolean {
  const tolerance = Math.max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * Math.max(told, asserted));
  // Both come from counters of whole microseconds: what is at the tolerance is within it.
  return Math.abs(told - asserted) > tolerance * (1 + 1e-9);
}

/**
 * Compares what the two ends of a cable say about one pause. Three differing intervals in a row raise the mismatch,
 * three agreeing ones lift it; late and repeated intervals, and those in which one end is silent, change nothing. It
 * means wrong cabling data, a wrong priority map or a wrong unit: whoever stands on this cable is less sure.
 * @param known state so far; undefined at the first interval
 * @returns the new state; the one given is left alone
 * @source detection.md section 2
 */
export function comparePause(known: PauseMismatch | undefined, pair: PausePair): PauseMismatch {
  const before = known ?? { lastEndMs: 0, differing: 0, mismatch: false };
  if (Number.isNaN(pair.told) || Number.isNaN(pair.asserted) || !(pair.endMs > before.lastEndMs)) return before;
  const differs = pausesDiffer(pair.told, pair.asserted);
  // Counts up towards a mismatch, down (below zero) towards agreement.
  const differing = differs ? Math.max(0, before.differing) + 1 : Math.min(0, before.differing) - 1;
  const bounded = Math.min(INTERVALS_NEEDED, Math.max(-INTERVALS_NEEDED, differing));
  const mismatch = before.mismatch ? bounded > -INTERVALS_NEEDED : bounded >= INTERVALS_NEEDED;
  return { lastEndMs: pair.endMs, differing: bounded, mismatch };
}

/** One sentence for what could not be trusted. */
export function mismatchSentence(here: string, there: string, pair: PausePair): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return `${here} says it was paused ${percent(pair.told)} of the time, ${there} says it asked for ${percent(pair.asserted)}: check the cabling data, the priority map and the units`;
}
