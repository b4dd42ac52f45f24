import type { JobPlacement } from '../topology/types.ts';
import type { TrainingConfig } from './config.ts';
import type { IncidentCost } from './contract.ts';
import type { JobSummary, StepVerdict } from './step.ts';
import { networkSeconds } from './verdict.ts';

/** Sums over the steps that became final. Plain data. */
export interface JobTotals {
  steps: number;
  slowSteps: number;
  lostSeconds: number;
  lostToNetworkSeconds: number;
  lostSecondsByCause: JobSummary['lostSecondsByCause'];
  baselineSeconds: number | null;
  lastStep: number | null;
  lastStepEndMs: number | null;
}

export const NO_TOTALS: JobTotals = {
  steps: 0,
  slowSteps: 0,
  lostSeconds: 0,
  lostToNetworkSeconds: 0,
  lostSecondsByCause: {},
  baselineSeconds: null,
  lastStep: null,
  lastStepEndMs: null,
};

/** Steps a verdict stands for: a mean over n counts n times. */
export const AVERAGED_FLAG = 'averaged';

/** Adds verdicts, in time order, to totals; neither argument changes. */
export function addTotals(totals: JobTotals, verdicts: readonly StepVerdict[]): JobTotals {
  const sum: JobTotals = { ...totals, lostSecondsByCause: { ...totals.lostSecondsByCause } };
  for (const verdict of verdicts) {
    const stands = standsFor(verdict);
    sum.steps += stands;
    sum.lastStep = verdict.step;
    sum.lastStepEndMs = Math.max(sum.lastStepEndMs ?? verdict.endMs, verdict.endMs);
    if (!verdict.flags.includes('no-baseline')) sum.baselineSeconds = verdict.baselineSeconds;
    if (!verdict.slow) continue;
    sum.slowSteps += stands;
    sum.lostSeconds += stands * verdict.excessSeconds;
    sum.lostToNetworkSeconds += stands * networkSeconds(verdict.causes);
    for (const cause of verdict.causes) {
      sum.lostSecondsByCause[cause.kind] = (sum.lostSecondsByCause[cause.kind] ?? 0) + stands * cause.seconds;
    }
  }
  return sum;
}

/** Steps behind one verdict: 1, or the number a line is a mean over. */
export function standsFor(verdict: StepVerdict): number {
  const flag = verdict.flags.find((text) => text.startsWith(`${AVERAGED_FLAG}-over-`));
  return flag ? Number(flag.slice(`${AVERAGED_FLAG}-over-`.length)) : 1;
}

/** What each incident cost the job: what final steps said plus the open ones. */
export function addCosts(
  costs: readonly IncidentCost[],
  job: string,
  verdicts: readonly StepVerdict[],
): Map<string, IncidentCost> {
  const sum = new Map(costs.map((cost) => [cost.incidentId, { ...cost }]));
  for (const verdict of verdicts) {
    const stands = standsFor(verdict);
    for (const cause of verdict.causes) {
      if (cause.incident === null) continue;
      const cost = sum.get(cause.incident) ?? {
        incidentId: cause.incident,
        job,
        lostSeconds: 0,
        lostSecondsLow: 0,
        lostSecondsHigh: 0,
        steps: 0,
      };
      const seconds = stands * cause.seconds;
      cost.lostSeconds += seconds;
      if (cause.label === 'confirmed' || cause.label === 'likely') cost.lostSecondsLow += seconds;
      cost.lostSecondsHigh += stands * (cause.secondsHigh ?? cause.seconds);
      cost.steps += stands;
      sum.set(cause.incident, cost);
    }
  }
  return sum;
}

export function sameCost(a: IncidentCost | undefined, b: IncidentCost): boolean {
  return (
    a !== undefined &&
    a.lostSeconds === b.lostSeconds &&
    a.lostSecondsLow === b.lostSecondsLow &&
    a.lostSecondsHigh === b.lostSecondsHigh &&
    a.steps === b.steps
  );
}

/** The job as one line of a list. */
export function summarize(
  job: string,
  totals: JobTotals,
  placement: JobPlacement | null,
  nowMs: number,
  config: TrainingConfig,
): JobSummary {
  return {
    job,
    ...totals,
    lostSeconds: round(totals.lostSeconds),
    lostToNetworkSeconds: round(totals.lostToNetworkSeconds),
    lostSecondsByCause: Object.fromEntries(
      Object.entries(totals.lostSecondsByCause).map(([kind, s]) => [kind, round(s)]),
    ),
    gpus: placement?.gpus ?? (placement && placement.ranks.length > 0 ? placement.ranks.length : null),
    state: stateOf(totals, placement, nowMs, config),
  };
}

/** A job that stopped stepping hangs, unless its time is over. */
function stateOf(
  totals: JobTotals,
  placement: JobPlacement | null,
  nowMs: number,
  config: TrainingConfig,
): JobSummary['state'] {
  if (placement?.endMs !== undefined && nowMs >= placement.endMs) return 'finished';
  if (totals.lastStepEndMs === null) return 'running';
  const patienceMs = Math.max(config.hangFactor * 1000 * (totals.baselineSeconds ?? 0), config.hangFloorMs);
  return nowMs - totals.lastStepEndMs > patienceMs ? 'stalled' : 'running';
}

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
