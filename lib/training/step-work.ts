import type { IncidentImpact, JobCoverage } from '../diagnosis/incident.ts';
import type { OpenExcess } from './attribution.ts';
import type { AcceptedStep, Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import { excludedByTag } from './exclusion.ts';
import type { Period, Suspect } from './periodic.ts';
import type { RankFinding } from './rank-evidence.ts';
import type { PlacedStep } from './segments.ts';
import { type NetworkEvidence, NO_EVIDENCE, type SlowReason } from './slow.ts';
import type { RankFeatures } from './step-entry.ts';

/** What a job brings into the judgement of its open steps. */
export interface EvaluationInput {
  job: string;
  /** In time order. */
  steps: readonly PlacedStep[];
  features(step: PlacedStep): RankFeatures;
  impacts: readonly IncidentImpact[];
  coverage(step: PlacedStep): JobCoverage | undefined;
  /** Accepted steps of the running segment that are already final, oldest first. */
  accepted: readonly AcceptedStep[];
  acceptedSegment: number;
  /** Slow steps among the final ones that the network did not cause: what periods are found from. */
  suspects: readonly Suspect[];
  warmupSteps: number;
}

/** One step on its way to a verdict. */
export interface StepWork {
  step: PlacedStep;
  seconds: number;
  features: RankFeatures;
  /** Why it is not judged; null = it is. */
  excluded: string | null;
  /** The period it belongs to, where that is why it is not judged. */
  period: Period | undefined;
  network: NetworkEvidence;
  baseline: Baseline | undefined;
  findings: RankFinding[];
  slow: SlowReason | undefined;
  /** Inside a lasting slow-down. */
  shifted: boolean;
  /** What the baseline learned from it; null = nothing. */
  learned: AcceptedStep | null;
}

/** Opens the work on a step: what does not depend on other steps. */
export function startWork(step: PlacedStep, input: EvaluationInput): StepWork {
  const tag = excludedByTag(step.entry);
  return {
    step,
    seconds: step.times.durationMs / 1000,
    features: input.features(step),
    excluded: tag ?? (step.index < input.warmupSteps ? 'warmup' : null),
    period: undefined,
    network: NO_EVIDENCE,
    baseline: undefined,
    findings: [],
    slow: undefined,
    shifted: false,
    learned: null,
  };
}

/**
 * The span a step's excess lies in. A line that is a mean over n steps stands for the n steps before its end, with n times the excess.
 * @param seconds excess of one step
 */
export function openExcess(step: PlacedStep, seconds: number, config: TrainingConfig): OpenExcess {
  const { times, entry } = step;
  return {
    startMs: times.endMs - entry.averagedOver * times.durationMs,
    endMs: times.endMs,
    seconds: entry.averagedOver * seconds,
    errorMs: times.clockErrorMs / 2 + (entry.arrivalTimed ? config.arrivalErrorMs : 0),
  };
}
