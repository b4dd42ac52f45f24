import { attributeSteps } from './attribute-steps.ts';
import { compareSteps, markSlow } from './compare.ts';
import type { TrainingConfig } from './config.ts';
import { type LaidEvidence, layImpacts, withUnseenEnd } from './evidence.ts';
import { feelImpacts } from './felt.ts';
import { findPeriods, isPeriodic, type Period, type Suspect } from './periodic.ts';
import type { StepVerdict } from './step.ts';
import { type EvaluationInput, type StepWork, startWork } from './step-work.ts';

/** Verdicts and the work behind them, both in the steps' order. */
export interface Evaluation {
  verdicts: StepVerdict[];
  work: StepWork[];
}

/** Judges all open steps of a job: a pure function of what is known, so order and batching of arrival cannot matter. */
export function evaluateSteps(known: EvaluationInput, config: TrainingConfig): Evaluation {
  const input = { ...known, impacts: known.impacts.map(withUnseenEnd) };
  const work = input.steps.map((step) => startWork(step, input));
  const laid = layImpacts(work, input.impacts, config);
  const verdicts = judge(work, laid, input, config);
  if (!excludePeriodic(work, verdicts, input.suspects, config)) return { verdicts, work };
  // Without the periodic steps the baseline and the claims on evidence are others.
  return { verdicts: judge(work, laid, input, config), work };
}

function judge(
  work: readonly StepWork[],
  laid: readonly LaidEvidence[],
  input: EvaluationInput,
  config: TrainingConfig,
): StepVerdict[] {
  compareSteps(work, input, config);
  feelImpacts(work, laid, config);
  markSlow(work, config);
  return attributeSteps(work, input, config);
}

/** Marks steps that recur by the calendar of steps; false when there are none. */
function excludePeriodic(
  work: readonly StepWork[],
  verdicts: readonly StepVerdict[],
  past: readonly Suspect[],
  config: TrainingConfig,
): boolean {
  const suspects = new Map<number, Suspect>();
  for (const suspect of [...past, ...verdicts.filter(isSuspect)]) {
    const { step, excessSeconds } = suspect;
    suspects.set(step, { step, excessSeconds: Math.max(excessSeconds, suspects.get(step)?.excessSeconds ?? 0) });
  }
  const periods: Period[] = findPeriods(
    [...suspects.values()].sort((a, b) => a.step - b.step),
    config,
  );
  if (periods.length === 0) return false;
  let any = false;
  work.forEach((item, n) => {
    const verdict = verdicts[n];
    if (!verdict || !isSuspect(verdict)) return;
    item.period = periods.find((period) => isPeriodic(verdict, period));
    if (!item.period) return;
    item.excluded = 'periodic';
    any = true;
  });
  return any;
}

/** A slow step that no incident may have caused. */
export function isSuspect(verdict: StepVerdict): boolean {
  return (
    verdict.slow && !verdict.flags.includes('fail-slow') && verdict.causes.every((cause) => cause.incident === null)
  );
}
