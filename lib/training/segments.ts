import { type StepEntry, type StepTimes, stepTimes } from './step-entry.ts';

/** A step with its times and its place in the job's life. */
export interface PlacedStep {
  entry: StepEntry;
  times: StepTimes;
  /** Grows with every restart. */
  segment: number;
  /** Steps of the segment before this one. */
  index: number;
}

/** Where the open steps continue from: the last step that became final. */
export interface SegmentCarry {
  segment: number;
  nextIndex: number;
  lastStep: number;
}

/** Tags that say the job began anew at this step. */
const RESTART_TAGS = new Set(['restart', 'resume', 'restored']);

/** So few steps that seem to come from the future are badly clocked; a restart leaves more behind or repeats ids. */
const MISPLACED_STEPS = 3;

/**
 * Puts steps in the order they ran and splits them where the job began anew: an id that repeats, or falls for good, later in time, or a
 * restart tag. Ids that fall for a moment are late lines or a clock that was set: those steps go by id, inside their segment.
 */
export function placeSteps(entries: Iterable<StepEntry>, carry: SegmentCarry | null): PlacedStep[] {
  const timed = [...entries].map((entry) => ({ entry, times: stepTimes(entry) }));
  timed.sort((a, b) => a.times.startMs - b.times.startMs || a.entry.step - b.entry.step);
  const firstBegan = carry !== null && timed[0] !== undefined && timed[0].entry.step <= carry.lastStep;
  const segments: (typeof timed)[] = [];
  let current: typeof timed = [];
  timed.forEach((step, i) => {
    if (current.length > 0 && begins(step.entry, current, timed.slice(i + 1, i + 1 + MISPLACED_STEPS))) {
      segments.push(current);
      current = [];
    }
    current.push(step);
  });
  if (current.length > 0) segments.push(current);
  const base = (carry?.segment ?? 0) + (firstBegan ? 1 : 0);
  return segments.flatMap((steps, nth) => {
    const from = nth === 0 && !firstBegan ? (carry?.nextIndex ?? 0) : 0;
    return steps
      .sort((a, b) => a.entry.step - b.entry.step)
      .map(({ entry, times }, n) => ({ entry, times, segment: base + nth, index: from + n }));
  });
}

/** Whether a segment begins with this step, given those that ran before it and the few after it. */
function begins(
  entry: StepEntry,
  before: readonly { entry: StepEntry }[],
  next: readonly { entry: StepEntry }[],
): boolean {
  if (entry.tags.some((tag) => RESTART_TAGS.has(tag))) return true;
  const last = before[before.length - 1];
  if (last && entry.step > last.entry.step) return false;
  if (before.some((known) => known.entry.step === entry.step)) return true;
  let highest = -1;
  let above = 0;
  for (const known of before) {
    highest = Math.max(highest, known.entry.step);
    if (known.entry.step > entry.step) above++;
  }
  return above > MISPLACED_STEPS && !next.some((step) => step.entry.step > highest);
}
