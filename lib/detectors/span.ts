import type { DetectorConfig } from './config.ts';

/** One bad interval of a finding. */
export interface BadInterval {
  startMs: number;
  endMs: number;
  /** How much of the trouble it showed, in any unit that grows with the time covered; null = not a matter of degree. */
  level: number | null;
  /** The trouble is a state that was read at the end of the interval: what was before is not known. */
  readAtEnd: boolean;
}

/** The bad intervals of a finding as far as its start and end follow from them. Plain data. */
export interface BadSpan {
  first: BadInterval;
  /** The newest, once there is more than one. */
  last: BadInterval | null;
  /** Sum and number of the levels between. */
  betweenSum: number;
  between: number;
}

/** A span of one bad interval. */
export function newSpan(interval: BadInterval): BadSpan {
  return { first: interval, last: null, betweenSum: 0, between: 0 };
}

/** Adds the next bad interval. */
export function addBad(span: BadSpan, interval: BadInterval): void {
  if (span.last !== null) {
    span.betweenSum += span.last.level ?? 0;
    span.between++;
  }
  span.last = interval;
}

/**
 * When the trouble began and ended, ms: polls cut it into intervals of which the first and the last are covered in
 * part. Those between show what a covered interval looks like, so the part follows from how much of it the outer ones
 * show. Two alone may have been cut from anything up to two intervals long: their mean, one interval, is laid over the
 * border between them. A single one says nothing of where in it the trouble was. A state that is read at the end of
 * intervals stands for the time half way to its neighbours.
 */
export function spanOf(span: BadSpan): { startMs: number; endMs: number } {
  const { first } = span;
  const last = span.last ?? first;
  const full = span.between > 0 ? span.betweenSum / span.between : (first.level ?? 0) + (last.level ?? 0);
  const alone = span.last === null;
  const before = first.readAtEnd ? 0.5 : alone ? 1 : partOf(first.level, full);
  const after = last.readAtEnd ? 1.5 : alone ? 1 : partOf(last.level, full);
  return {
    startMs: Math.round(first.endMs - before * (first.endMs - first.startMs)),
    endMs: Math.round(last.startMs + after * (last.endMs - last.startMs)),
  };
}

function partOf(level: number | null, full: number): number {
  const part = level === null ? 1 : level / full;
  return part >= 0 && part < 1 ? part : 1;
}

/** Quiet time that ends a finding of a state that is only seen when it is read, ms: it must have had its chances to show. */
export function snapshotHoldMs(leastMs: number, intervalMs: number, config: DetectorConfig): number {
  return Math.max(leastMs, config.snapshotHoldIntervals * intervalMs);
}
