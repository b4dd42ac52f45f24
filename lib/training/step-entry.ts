import type { StepPhase } from './step.ts';

/** What one rank (or, with rank null, the job's own line) said of a step. Times Unix ms on its own clock. */
export interface RankRow {
  rank: number | null;
  host?: string;
  startMs: number;
  endMs: number;
  computeEndMs?: number;
  phasesMs?: Partial<Record<StepPhase, number>>;
}

/** The largest of a quantity over the ranks, who had it, and how it stands among its peers. ms. */
export interface RankPeak {
  maxMs: number;
  medianMs: number;
  /** Robust spread over the ranks. */
  spreadMs: number;
  rank: number | null;
  host?: string;
  ranks: number;
  /** Nobody told it: what is left of the step beside communication, and beside whatever communication nobody told. */
  rest?: true;
}

/** What the ranks' own clocks say of one step; absent where nobody reports it. Durations, so that clock differences cancel. */
export interface RankFeatures {
  ranks: number;
  compute?: RankPeak;
  dataLoad?: RankPeak;
  checkpoint?: RankPeak;
  /** How long after the ranks' median start the last rank began; holds the difference of their clocks too. */
  start?: RankPeak;
}

/** A step under assembly: the rows of its ranks in any order of arrival, sorted by rank. Plain data. */
export interface StepEntry {
  step: number;
  rows: RankRow[];
  /** 1, or the number of steps the line is a mean over. */
  averagedOver: number;
  arrivalTimed: boolean;
  tags: string[];
  /** What its rows said, once they were thinned out; such a step takes no more ranks. */
  settled?: { times: StepTimes; features: RankFeatures };
}

/** When a step ran and how long it took. */
export interface StepTimes {
  startMs: number;
  endMs: number;
  /** Of one step; for a mean over n steps the mean. */
  durationMs: number;
  /** Spread of the ranks' clocks at the common start: how far times of this step may be off, ms. */
  clockErrorMs: number;
}

/**
 * Length and place of a step. The length is the longest any one rank saw by its own clock: in lock-step every rank waits for the last,
 * and clock differences between hosts cancel. The place is the ranks' median start.
 */
export function stepTimes(entry: StepEntry): StepTimes {
  if (entry.settled) return entry.settled.times;
  const known = timesOfRows.get(entry.rows);
  if (known) return known;
  const times = timesOf(entry);
  timesOfRows.set(entry.rows, times);
  return times;
}

/** Times already worked out; whoever changes a step gives it a new list of rows. */
const timesOfRows = new WeakMap<RankRow[], StepTimes>();

function timesOf(entry: StepEntry): StepTimes {
  const rows = rowsThatCount(entry);
  let longestMs = 0;
  for (const row of rows) longestMs = Math.max(longestMs, row.endMs - row.startMs);
  const starts = Float64Array.from(rows, (row) => row.startMs).sort();
  const first = starts[0] ?? 0;
  const last = starts[starts.length - 1] ?? first;
  const startMs = starts[starts.length >> 1] ?? first;
  return { startMs, endMs: startMs + longestMs, durationMs: longestMs, clockErrorMs: last - first };
}

/** Rank rows where there are any, else the job's own line: one step told by both is told better by the ranks. */
export function rowsThatCount(entry: StepEntry): RankRow[] {
  const ranked = entry.rows.filter((row) => row.rank !== null);
  return ranked.length > 0 ? ranked : entry.rows;
}
