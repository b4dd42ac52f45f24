import type { StepRecord } from '../../lib/training/step.ts';
import type { ParsedStep } from './formats/types.ts';
import type { PartRows } from './part-rows.ts';

/** What is remembered between the lines of one rank; plain JSON. */
export interface AssemblyState {
  /** The step line before, where one was seen since the last restart of the job. */
  previous: { step: number; endMs: number | null; untimed?: true } | null;
  /** Smallest distance of two step lines since the last restart of the job: the log interval. */
  logInterval: number | null;
  /** First line of a mean whose log interval is not known yet. */
  held: ParsedStep | null;
  /** Smoothed times not told yet: steps they are of, and their sum, ms. */
  smoothed?: { steps: number; ms: number } | null;
}

/** A step whose time may still be missing. */
export interface Draft {
  parsed: ParsedStep;
  /** Steps the duration stands for; 1 = this one. */
  averagedOver: number;
  /** Steps since the line before, for walking back clockless lines. */
  distance: number;
  line: number;
  /** Rows told below it. */
  rows?: PartRows;
}

export interface AssemblyTarget {
  job: string;
  host?: string | undefined;
  rank?: number | undefined;
}

export function newAssembly(): AssemblyState {
  return { previous: null, logInterval: null, held: null };
}

/**
 * Takes the next step line: works out over how many steps it is a mean, and the duration where only clocks tell.
 * A step number that does not grow begins a new segment (the job was restarted).
 */
export function assemble(state: AssemblyState, told: ParsedStep, line: number): Draft[] {
  const previous = state.previous;
  const parsed = withinSecond(told, previous);
  if (previous !== null && parsed.step <= previous.step) {
    // The same step told twice is one step, and no restart; a time told later is news.
    const same = parsed.step === previous.step;
    if (same && !(previous.untimed && parsed.durationMs !== undefined)) return [];
    state.previous = null;
    state.held = null;
    state.smoothed = null;
    if (!same) state.logInterval = null;
  }
  const before = state.previous;
  state.previous = {
    step: parsed.step,
    endMs: parsed.endMs ?? null,
    ...(parsed.durationMs === undefined ? { untimed: true } : {}),
  };
  const distance = before === null ? null : parsed.step - before.step;
  if (distance !== null) state.logInterval = Math.min(state.logInterval ?? distance, distance);
  const timed = withDuration(parsed, before, distance);
  if (timed === undefined) return [];
  if (timed.smoothedOver !== undefined) return smooth(state, timed, distance, line);
  if (timed.mean !== true) return [draft(timed, 1, distance ?? 1, line)];
  if (distance === null) return firstMean(state, timed, line);
  const drafts: Draft[] = [];
  if (state.held !== null) drafts.push(draft(state.held, state.logInterval ?? 1, state.logInterval ?? 1, line));
  state.held = null;
  // After a hole in the log the mean still stands for one log interval only.
  drafts.push(draft(timed, state.logInterval ?? distance, distance, line));
  return drafts;
}

function firstMean(state: AssemblyState, parsed: ParsedStep, line: number): Draft[] {
  if (parsed.step === 1) return [draft(parsed, 1, 1, line)];
  state.held = parsed;
  return [];
}

/**
 * Smoothed times overlap: one slow step is in all that are shown after it. Their weights sum up to one, so that the mean of
 * as many as they reach back tells of each step once. One that is shown every twenty steps is over twenty.
 */
function smooth(state: AssemblyState, parsed: ParsedStep, distance: number | null, line: number): Draft[] {
  const { durationMs = 0, smoothedOver = 1 } = parsed;
  // How many steps the first one is of is known of the very first step only.
  const since = distance ?? (parsed.step === 1 ? 1 : 0);
  const steps = (state.smoothed?.steps ?? 0) + since;
  const ms = (state.smoothed?.ms ?? 0) + durationMs * since;
  state.smoothed = steps < smoothedOver ? { steps, ms } : null;
  return state.smoothed === null ? [draft({ ...parsed, durationMs: ms / steps }, steps, steps, line)] : [];
}

/** Where in its second a step ended that has a clock of whole seconds: as long after the step before as it took. */
function withinSecond(parsed: ParsedStep, previous: AssemblyState['previous']): ParsedStep {
  const { endMs, durationMs, step } = parsed;
  if (parsed.wholeSecond !== true || endMs === undefined) return parsed;
  const follows = previous !== null && step > previous.step && previous.endMs !== null && durationMs !== undefined;
  const expected = follows ? (previous.endMs ?? 0) + durationMs * (step - previous.step) : endMs + 500;
  return { ...parsed, endMs: Math.min(Math.max(expected, endMs), endMs + 999) };
}

function draft(parsed: ParsedStep, averagedOver: number, distance: number, line: number): Draft {
  return { parsed, averagedOver, distance, line };
}

/** Where the line gives no duration, two clocks and two step numbers do: a mean over the steps between. */
function withDuration(
  parsed: ParsedStep,
  before: AssemblyState['previous'],
  distance: number | null,
): ParsedStep | undefined {
  if (parsed.durationMs !== undefined) return parsed;
  if (distance === null || before?.endMs == null || parsed.endMs === undefined) return undefined;
  const { mean: _, ...rest } = parsed;
  return { ...rest, durationMs: (parsed.endMs - before.endMs) / distance, smoothedOver: distance };
}

/**
 * Gives the drafts of one look at the file their times. A line without a clock ended when the file was last written, if
 * it is the last one; those before it ended as many steps earlier as their numbers say.
 */
export function finish(drafts: readonly Draft[], writtenMs: number, target: AssemblyTarget): StepRecord[] {
  const records: StepRecord[] = new Array(drafts.length);
  const later = new Map<number, number>();
  for (let index = drafts.length - 1; index >= 0; index--) {
    const { parsed, averagedOver, distance } = drafts[index] as Draft;
    const durationMs = parsed.durationMs ?? 0;
    const rank = parsed.rank ?? target.rank;
    const endMs = parsed.endMs ?? later.get(rank ?? -1) ?? writtenMs;
    later.set(rank ?? -1, endMs - durationMs * Math.max(1, distance));
    const host = parsed.host ?? target.host;
    records[index] = {
      job: target.job,
      step: parsed.step,
      ...(rank === undefined ? {} : { rank }),
      ...(host === undefined ? {} : { host }),
      startMs: endMs - durationMs,
      endMs,
      ...(parsed.phasesMs === undefined ? {} : { phasesMs: parsed.phasesMs }),
      ...(averagedOver > 1 ? { averagedOver } : {}),
      timeBasis: parsed.endMs === undefined ? 'arrival' : 'source',
      ...(parsed.tags === undefined ? {} : { tags: parsed.tags }),
    };
  }
  return records;
}
