import { isNetworkKind } from '../kinds.ts';
import { quantile } from './statistics.ts';
import type { StepVerdict } from './step.ts';
import { standsFor } from './totals.ts';

/** What a job could have done with the same time. Fractions 0..1. */
export interface JobEfficiency {
  /** Time in judged steps, seconds. */
  seconds: number;
  /** The same steps at the best speed the job has kept up, seconds: shows also what a lasting slow-down costs. */
  idealSeconds: number;
  /** seconds / idealSeconds, at least 1. */
  slowdown: number;
  /** 1 - 1/slowdown. */
  wasteFraction: number;
  /** Share of the waste that incidents explain; null without waste. */
  networkShareOfWaste: number | null;
  gpuHoursLost: number | null;
  gpuHoursLostToNetwork: number | null;
  /** Seconds without one incident's part, by incident. An upper bound of what removing it gains: other causes may surface. */
  secondsWithout: Record<string, number>;
}

/** Steps per hour at least for its baseline to count as sustained. */
const SUSTAINED_STEPS = 20;
const HOUR_MS = 3_600_000;

/**
 * Efficiency of a job over its judged steps (not warm-up, not left out).
 * @returns null when no step was judged
 * @source definitions after Lin et al., "Understanding stragglers in large model training", OSDI'25, equations 1 to 5
 */
export function jobEfficiency(verdicts: readonly StepVerdict[], gpus: number | null): JobEfficiency | null {
  const judged = verdicts.filter((verdict) => !verdict.flags.some((flag) => NOT_JUDGED.has(flag)));
  if (judged.length === 0) return null;
  const ideal = bestSustained(judged);
  let seconds = 0;
  let idealSeconds = 0;
  let toNetwork = 0;
  const saved: Record<string, number> = {};
  for (const verdict of judged) {
    const stands = standsFor(verdict);
    seconds += stands * verdict.durationSeconds;
    idealSeconds += stands * Math.min(ideal, verdict.durationSeconds);
    for (const cause of verdict.causes) {
      if (!isNetworkKind(cause.kind)) continue;
      toNetwork += stands * cause.seconds;
      if (cause.incident !== null) saved[cause.incident] = (saved[cause.incident] ?? 0) + stands * cause.seconds;
    }
  }
  const lost = seconds - idealSeconds;
  const slowdown = seconds / idealSeconds;
  return {
    seconds,
    idealSeconds,
    slowdown,
    wasteFraction: 1 - 1 / slowdown,
    networkShareOfWaste: lost > 0 ? Math.min(1, toNetwork / lost) : null,
    gpuHoursLost: gpus === null ? null : (gpus * lost) / 3600,
    gpuHoursLostToNetwork: gpus === null ? null : (gpus * toNetwork) / 3600,
    secondsWithout: Object.fromEntries(Object.entries(saved).map(([incident, part]) => [incident, seconds - part])),
  };
}

const NOT_JUDGED = new Set(['warmup', 'excluded', 'no-baseline']);

/** 10th percentile of the hours' usual step times; of all steps where no hour has enough. */
function bestSustained(judged: readonly StepVerdict[]): number {
  const hours = new Map<number, number[]>();
  for (const verdict of judged) {
    const hour = Math.floor(verdict.endMs / HOUR_MS);
    const steps = hours.get(hour);
    if (steps) steps.push(verdict.baselineSeconds);
    else hours.set(hour, [verdict.baselineSeconds]);
  }
  const sustained = [...hours.values()].filter((steps) => steps.length >= SUSTAINED_STEPS);
  const usual = (sustained.length > 0 ? sustained : [judged.map((verdict) => verdict.baselineSeconds)]).map(
    (steps) => quantile(steps, 0.5) ?? 0,
  );
  return quantile(usual, 0.1) ?? 0;
}

/**
 * How well a job scales from a reference size: 1 = throughput grows as the ranks do. Same batch per GPU assumed.
 * @param throughput units of work per second at each size
 */
export function scalingEfficiency(
  at: { ranks: number; throughput: number },
  reference: { ranks: number; throughput: number },
): number {
  return at.throughput / at.ranks / (reference.throughput / reference.ranks);
}

/** First-order forecast of scaling efficiency from communication seconds per compute second at both sizes. */
export function predictedScaling(communicationToComputeAt: number, communicationToComputeReference: number): number {
  return (1 + communicationToComputeReference) / (1 + communicationToComputeAt);
}
