import { type AcceptedAnswer, acceptedAnswer } from '../../demo/fabric/accept.ts';
import { at } from '../../demo/fabric/columns.ts';
import { edgePortOf, type Fault, isNetworkFault } from '../../demo/fabric/faults.ts';
import type { FinishedStep } from '../../demo/fabric/job.ts';
import type { Network } from '../../demo/fabric/network.ts';
import type { JudgedStep } from '../../demo/fabric/truth.ts';
import type { ScenarioPlan } from './plan.ts';

/** A fault costs a step when it adds at least this share; below, and above the second, nobody can tell. */
const AFFECTED_SHARE = 0.07;
const UNSEEN_SHARE = 0.01;
/** A slowed step that is less than this above the job's usual length is not seen as slow. */
const VISIBLE_SHARE = 0.05;
/** Cost that one of two faults at once must have of their joint cost to count as a cause by itself. */
const OWN_SHARE = 0.2;

export interface TruthFault extends AcceptedAnswer {
  strength: number;
  startMs: number;
  endMs: number;
  optional: boolean;
  affectedSteps: Record<string, number[]>;
}

/** truth.json of a recording: what happened and what it cost, for scoring only. */
export interface ScenarioTruth {
  scenario: string;
  durationMs: number;
  faults: TruthFault[];
  slowSteps: [job: string, step: number][];
  steps: Record<string, [step: number, seconds: number][]>;
  networkLostSeconds: Record<string, number>;
  biasUnscored: string[];
  doNotScoreSteps: [job: string, step: number][];
}

/** Watches how much a fault shows in the counters, to tell what nobody could have seen. */
export class Visibility {
  private readonly pausedMs = new Map<number, number>();

  constructor(private readonly faults: readonly Fault[]) {}

  /** Call once per sample interval. */
  observe(network: Network, sampleMs: number): void {
    for (const fault of this.faults) {
      if (network.nowMs <= fault.startMs || network.nowMs > fault.endMs + sampleMs) continue;
      const edge = fault.host === undefined ? -1 : edgePortOf(network.topology, fault.host);
      if (edge >= 0)
        this.pausedMs.set(fault.id, at(network.counters.rxPauseUs, edge) / 1000 - this.before(fault, network, edge));
    }
  }

  private readonly starts = new Map<number, number>();
  private before(fault: Fault, network: Network, edge: number): number {
    const known = this.starts.get(fault.id);
    if (known !== undefined) return known;
    const start = at(network.counters.rxPauseUs, edge) / 1000;
    this.starts.set(fault.id, start);
    return start;
  }

  /** Share of the fault's time its edge port was held paused by the host. */
  pausedShare(fault: Fault): number {
    return (this.pausedMs.get(fault.id) ?? 0) / (fault.endMs - fault.startMs);
  }
}

/** Puts the truth of a run together from its steps and what each would have been without its faults. */
export function scenarioTruth(
  plan: ScenarioPlan,
  steps: readonly FinishedStep[],
  judged: readonly JudgedStep[],
  visibility: Visibility,
): ScenarioTruth {
  const jobs = plan.cluster.options.jobs;
  const nameOf = (job: number): string => jobs[job]?.name ?? '';
  const faults: TruthFault[] = plan.faults.map((fault) => ({
    ...acceptedAnswer(plan.cluster.topology, fault, jobs),
    strength: fault.strength,
    startMs: fault.startMs,
    endMs: fault.endMs,
    optional: false,
    affectedSteps: {},
  }));
  const skip = new Map<string, [string, number]>();
  const dontScore = (job: string, step: number): void => void skip.set(`${job}#${step}`, [job, step]);
  const lost = new Map<string, number>();
  const unscoredLost = new Map<string, number>();
  const slow: [string, number][] = [];

  for (const step of judged) {
    const job = nameOf(step.finished.job);
    const number = step.finished.step;
    const verdict = judge(step, plan.faults);
    for (const id of verdict.causes) {
      const fault = faults[id];
      if (fault) fault.affectedSteps[job] = [...(fault.affectedSteps[job] ?? []), number];
    }
    if (verdict.causes.length > 0) slow.push([job, number]);
    if (verdict.unclear) dontScore(job, number);
    if (verdict.networkSeconds > 0) {
      const into = verdict.unclear ? unscoredLost : lost;
      into.set(job, (into.get(job) ?? 0) + verdict.networkSeconds);
    }
  }
  for (const [job, number] of unreadable(steps, judged, nameOf)) dontScore(job, number);
  for (const fault of plan.faults) {
    const entry = faults[fault.id];
    if (entry) entry.optional = isOptional(fault, entry, visibility);
  }
  return {
    scenario: plan.name,
    durationMs: plan.durationMs,
    faults,
    slowSteps: slow,
    steps: stepDurations(steps, nameOf),
    networkLostSeconds: Object.fromEntries(
      [...new Set([...lost.keys(), ...unscoredLost.keys()])].map((job) => [
        job,
        Math.round(((lost.get(job) ?? 0) + (unscoredLost.get(job) ?? 0)) * 1000) / 1000,
      ]),
    ),
    biasUnscored: [...unscoredLost]
      .filter(([job, seconds]) => seconds > 0.1 * ((lost.get(job) ?? 0) + seconds))
      .map(([job]) => job),
    doNotScoreSteps: [...skip.values()],
  };
}

/** Which faults slowed a step, whether anyone could tell, and what the network cost it. */
function judge(
  step: JudgedStep,
  faults: readonly Fault[],
): { causes: number[]; unclear: boolean; networkSeconds: number } {
  const excessMs = step.durationMs - step.cleanMs;
  const share = excessMs / step.cleanMs;
  const networkMs = Math.max(0, step.durationMs - step.withoutNetworkMs);
  if (share < AFFECTED_SHARE) {
    return { causes: [], unclear: Math.abs(share) > UNSEEN_SHARE, networkSeconds: 0 };
  }
  const added = [...step.addedMs].filter(([, ms]) => ms >= OWN_SHARE * excessMs);
  const causes = (added.length > 0 ? added : [...step.addedMs]).map(([id]) => id);
  const kinds = causes.map((id) => isNetworkFault(faults[id]?.kind ?? 'checkpoint'));
  const mixed = kinds.includes(true) && kinds.includes(false);
  // Two causes of which neither alone explains the step: right answers differ by taste.
  const tangled = added.length === 0 && step.addedMs.size > 1;
  return { causes, unclear: mixed || tangled, networkSeconds: kinds.includes(true) ? networkMs / 1000 : 0 };
}

/**
 * Steps whose length nobody can read: long for no fault's sake (skew, background, warm-up), or slowed by a fault but
 * still within what the job does on its own.
 */
function* unreadable(
  steps: readonly FinishedStep[],
  judged: readonly JudgedStep[],
  nameOf: (job: number) => string,
): Generator<[string, number]> {
  const cleanMs = new Map(judged.map((step) => [`${step.finished.job}#${step.finished.step}`, step.cleanMs]));
  for (const job of new Set(steps.map((step) => step.job))) {
    const mine = steps
      .filter((step) => step.job === job)
      .map(({ step, startMs, endMs }) => {
        const ms = endMs - startMs;
        return { step, ms, clean: cleanMs.get(`${job}#${step}`) ?? ms };
      });
    const sorted = mine.map(({ clean }) => clean).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    for (const { step, ms, clean } of mine) {
      const slowed = ms > (1 + AFFECTED_SHARE) * clean;
      if (clean > (1 + AFFECTED_SHARE) * median || (slowed && ms < (1 + VISIBLE_SHARE) * median))
        yield [nameOf(job), step];
    }
  }
}

/** Congestion that hurt no job, and pause too short or too little for any poll, may be told or not. */
function isOptional(fault: Fault, entry: TruthFault, visibility: Visibility): boolean {
  if (!isNetworkFault(fault.kind) || Object.keys(entry.affectedSteps).length > 0) return false;
  if (fault.kind === 'pause-storm' || fault.kind === 'slow-receiver') return visibility.pausedShare(fault) < 0.1;
  return fault.kind !== 'pfc-deadlock';
}

function stepDurations(
  steps: readonly FinishedStep[],
  nameOf: (job: number) => string,
): Record<string, [number, number][]> {
  const result: Record<string, [number, number][]> = {};
  for (const step of steps) {
    const job = nameOf(step.job);
    const list = result[job] ?? [];
    result[job] = list;
    list.push([step.step, Math.round(step.endMs * 10 - step.startMs * 10) / 10_000]);
  }
  return result;
}
