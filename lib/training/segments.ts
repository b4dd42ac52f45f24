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

/**
 * Puts steps in the order they ran and splits them where the job began anew: an id that falls (or repeats) later in time,
 * or a restart tag. Ids that fall while the steps overlap in time are only late or badly clocked and go by id.
 */
export function placeSteps(entries: Iterable<StepEntry>, carry: SegmentCarry | null): PlacedStep[] {
  const timed = [...entries].map((entry) => ({ entry, times: stepTimes(entry) }));
  timed.sort((a, b) => a.times.startMs - b.times.startMs || a.entry.step - b.entry.step);
  settleOverlaps(timed);
  let segment = carry?.segment ?? 0;
  let index = carry?.nextIndex ?? 0;
  let lastStep = carry?.lastStep ?? -1;
  return timed.map(({ entry, times }) => {
    const began = entry.step <= lastStep || (lastStep >= 0 && entry.tags.some((tag) => RESTART_TAGS.has(tag)));
    if (began) {
      segment++;
      index = 0;
    }
    lastStep = entry.step;
    return { entry, times, segment, index: index++ };
  });
}

/** Swaps neighbours whose ids fall although more than half of the shorter one runs at the same time. */
function settleOverlaps(timed: { entry: StepEntry; times: StepTimes }[]): void {
  for (let i = 1; i < timed.length; i++) {
    for (let j = i; j > 0; j--) {
      const before = timed[j - 1];
      const here = timed[j];
      if (!before || !here || here.entry.step >= before.entry.step) break;
      const shared =
        Math.min(before.times.endMs, here.times.endMs) - Math.max(before.times.startMs, here.times.startMs);
      if (shared <= 0.5 * Math.min(before.times.durationMs, here.times.durationMs)) break;
      timed[j - 1] = here;
      timed[j] = before;
    }
  }
}
