import type { CauseKind } from '../../lib/kinds.ts';
import type { StepVerdict } from '../../lib/training/step.ts';
import { type CauseFamily, causeFamily, stepFamily } from './causes.ts';
import { knownBaseline } from './flags.ts';

/** One step in the chart of a job. A restart leaves a null row, so that the line breaks there. */
export interface StepRow {
  index: number;
  step: number;
  endMs: number;
  durationSeconds: number | null;
  baselineSeconds: number | null;
  slow: boolean;
  family: CauseFamily | null;
  flags: string[];
}

/** Steps in the order they began; a step number that falls starts a new segment and a gap. */
export function toStepRows(steps: readonly StepVerdict[]): StepRow[] {
  const ordered = steps.toSorted((a, b) => a.startMs - b.startMs || a.step - b.step);
  const rows: StepRow[] = [];
  let previous = Number.NEGATIVE_INFINITY;
  for (const step of ordered) {
    if (step.step < previous) {
      rows.push({ ...emptyRow(step), index: rows.length });
    }
    previous = step.step;
    rows.push({
      index: rows.length,
      step: step.step,
      endMs: step.endMs,
      durationSeconds: step.durationSeconds,
      baselineSeconds: knownBaseline(step),
      slow: step.slow,
      family: step.slow ? stepFamily(step) : null,
      flags: step.flags,
    });
  }
  return rows;
}

function emptyRow(step: StepVerdict): StepRow {
  return {
    index: 0,
    step: step.step,
    endMs: step.endMs,
    durationSeconds: null,
    baselineSeconds: null,
    slow: false,
    family: null,
    flags: ['restart'],
  };
}

/** Lost seconds per family of causes, largest first; what no cause claims is unexplained. */
export function lostByFamily(
  lostSecondsByCause: Partial<Record<CauseKind, number>>,
): { family: CauseFamily; seconds: number; kinds: { kind: CauseKind; seconds: number }[] }[] {
  const families = new Map<CauseFamily, { kind: CauseKind; seconds: number }[]>();
  for (const [name, seconds] of Object.entries(lostSecondsByCause)) {
    const kind = name as CauseKind;
    if (seconds === undefined || seconds <= 0) continue;
    const family = causeFamily(kind);
    families.set(family, [...(families.get(family) ?? []), { kind, seconds }]);
  }
  return [...families]
    .map(([family, kinds]) => ({
      family,
      seconds: kinds.reduce((sum, part) => sum + part.seconds, 0),
      kinds: kinds.toSorted((a, b) => b.seconds - a.seconds),
    }))
    .sort((a, b) => b.seconds - a.seconds);
}

/** Newest slow steps first. */
export function slowSteps(steps: readonly StepVerdict[]): StepVerdict[] {
  return steps.filter((step) => step.slow).toSorted((a, b) => b.endMs - a.endMs);
}

/** Largest mean span among the steps that are means over several; 1 when each step stands for itself. */
export function isAveraged(steps: readonly StepVerdict[]): boolean {
  return steps.some((step) => step.flags.includes('averaged'));
}
