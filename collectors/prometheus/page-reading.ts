import type { ReadingFrame } from '../../lib/counters/reading.ts';
import type { CollectiveRecord } from '../../lib/training/collective.ts';

/** What one page gave. */
export interface PageReading {
  frames: ReadingFrame[];
  /** Means over collective operations that were not on the page before, and how many there are. */
  collectives: CollectiveRecord[];
  collectiveMeans: number;
  /** Lines and values that could not be used, in sentences; the first few. */
  problems: string[];
  /** Sample lines of the page. */
  samples: number;
  /** Newest time stamp on the page that was used, Unix ms; NaN where it has none. */
  newestMs: number;
}

/** Longest sentence, and how many of them. */
const LONGEST_PROBLEM = 400;
const MOST_PROBLEMS = 20;

/** Keeps a sentence, once; the first few are told. */
export function note(problems: string[], text: string): void {
  const told = text.slice(0, LONGEST_PROBLEM);
  if (problems.length < MOST_PROBLEMS && !problems.includes(told)) problems.push(told);
}
