import { at } from '../fabric/columns.ts';
import { edgePortOf, type Fault, isNetworkFault } from '../fabric/faults.ts';
import type { FinishedStep, JobSpec } from '../fabric/job.ts';
import type { Network } from '../fabric/network.ts';
import type { FabricTopology } from '../fabric/topology.ts';
import { type AcceptedAnswer, acceptedAnswer } from './accept.ts';
import type { JudgedStep } from './recorder.ts';

/** A fault costs a step when it adds at least this share. */
const AFFECTED_SHARE = 0.05;
/** Between these shares of excess nobody can tell: the step is not scored, whatever is said of it. */
const UNSEEN_SHARE = 0.01;
const SURE_SHARE = 0.07;
/** A slowed step that is less than this above the job's usual length is not seen as slow. */
const VISIBLE_SHARE = 0.05;
/** Cost that one of two faults at once must have of their joint cost to count as a cause by itself. */
const OWN_SHARE = 0.2;
/** A storm that holds its port for less is not asked for unless it slowed a step. */
const SHOWN_PAUSE_SHARE = 0.1;
/** A job's cost is not scored when more of it than this lies in steps that cannot be told. */
const UNSCORED_SHARE = 0.1;

export interface TruthFault extends AcceptedAnswer {
  strength: number;
  startMs: number;
  endMs: number;
  /** May be told or not: it hurt no job, or showed too little. */
  optional: boolean;
  affectedSteps: Record<string, number[]>;
}

/** truth.json: what happened and what it cost, for scoring only. */
export interface TruthDocument {
  scenario: string;
  durationMs: number;
  faults: TruthFault[];
  slowSteps: [job: string, step: number][];
  steps: Record<string, [step: number, seconds: number][]>;
  networkLostSeconds: Record<string, number>;
  biasUnscored: string[];
  doNotScoreSteps: [job: string, step: number][];
}

interface KnownStep {
  step: number;
  durationMs: number;
  judged?: JudgedStep;
}

/** Gathers steps and what each would have been without its faults, and says what of it is fair to ask. */
export class TruthBook {
  private readonly steps: KnownStep[][];
  private readonly paused = new Map<number, { atStartUs: number; us: number }>();

  constructor(
    private readonly topology: FabricTopology,
    private readonly jobs: readonly JobSpec[],
    /** Older steps are forgotten. */
    private readonly keepSteps = Number.POSITIVE_INFINITY,
  ) {
    this.steps = jobs.map(() => []);
  }

  addStep({ job, step, startMs, endMs }: FinishedStep): void {
    const list = this.steps[job];
    list?.push({ step, durationMs: endMs - startMs });
    if (list && list.length > this.keepSteps) list.shift();
  }

  addJudged(judged: JudgedStep): void {
    const { job, step } = judged.finished;
    const known = this.steps[job]?.findLast((entry) => entry.step === step);
    if (known) known.judged = judged;
  }

  /** Call now and then while faults are active: notes how long each held its edge port paused. */
  observe(network: Network, faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (fault.host === undefined || network.nowMs < fault.startMs || network.nowMs > fault.endMs + 500) continue;
      const us = at(network.counters.rxPauseUs, edgePortOf(this.topology, fault.host));
      const known = this.paused.get(fault.id);
      if (known) known.us = us - known.atStartUs;
      else this.paused.set(fault.id, { atStartUs: us, us: 0 });
    }
  }

  /** The truth so far. `epochMs` is added to all times. */
  document(scenario: string, faults: readonly Fault[], nowMs: number, epochMs = 0): TruthDocument {
    const entries = new Map<number, TruthFault>(
      faults.map((fault) => [
        fault.id,
        {
          ...acceptedAnswer(this.topology, fault, this.jobs),
          strength: fault.strength,
          startMs: epochMs + fault.startMs,
          endMs: epochMs + fault.endMs,
          optional: false,
          affectedSteps: {},
        },
      ]),
    );
    const document: TruthDocument = {
      scenario,
      durationMs: epochMs + nowMs,
      faults: [...entries.values()],
      slowSteps: [],
      steps: {},
      networkLostSeconds: {},
      biasUnscored: [],
      doNotScoreSteps: [],
    };
    this.jobs.forEach((job, index) => {
      this.describeJob(job.name, this.steps[index] ?? [], faults, entries, document);
    });
    for (const fault of faults) {
      const entry = entries.get(fault.id);
      if (entry) entry.optional = this.isOptional(fault, entry);
    }
    return document;
  }

  private describeJob(
    job: string,
    steps: readonly KnownStep[],
    faults: readonly Fault[],
    entries: ReadonlyMap<number, TruthFault>,
    document: TruthDocument,
  ): void {
    const usualMs = median(steps.map(cleanMs));
    let lost = 0;
    let unscored = 0;
    for (const step of steps) {
      const { causes, unclear, networkSeconds } = blame(step, faults);
      for (const id of causes) {
        const affected = entries.get(id)?.affectedSteps;
        if (affected) affected[job] = [...(affected[job] ?? []), step.step];
      }
      if (causes.length > 0) document.slowSteps.push([job, step.step]);
      const skip = unclear || isUnreadable(step, usualMs);
      if (skip) document.doNotScoreSteps.push([job, step.step]);
      lost += networkSeconds;
      if (skip) unscored += networkSeconds;
    }
    document.steps[job] = steps.map(({ step, durationMs }) => [step, Math.round(durationMs * 10) / 10_000]);
    if (lost > 0) document.networkLostSeconds[job] = Math.round(lost * 1000) / 1000;
    if (unscored > UNSCORED_SHARE * lost) document.biasUnscored.push(job);
  }

  /** Congestion that hurt no job, and pause too short or too little for any poll, may be told or not. */
  private isOptional(fault: Fault, entry: TruthFault): boolean {
    if (!isNetworkFault(fault.kind) || Object.keys(entry.affectedSteps).length > 0) return false;
    if (fault.kind === 'pfc-deadlock') return false;
    if (fault.kind !== 'pause-storm' && fault.kind !== 'slow-receiver') return true;
    const pausedMs = (this.paused.get(fault.id)?.us ?? 0) / 1000;
    return pausedMs < SHOWN_PAUSE_SHARE * (fault.endMs - fault.startMs);
  }
}

/** What the step would have taken without its faults. */
function cleanMs({ durationMs, judged }: KnownStep): number {
  return judged?.cleanMs ?? durationMs;
}

/** Long for no fault's sake (skew, background, warm-up), or slowed but still within what the job does on its own. */
function isUnreadable(step: KnownStep, usualMs: number): boolean {
  const clean = cleanMs(step);
  const slowed = step.durationMs > (1 + AFFECTED_SHARE) * clean;
  return clean > (1 + SURE_SHARE) * usualMs || (slowed && step.durationMs < (1 + VISIBLE_SHARE) * usualMs);
}

/** Which faults slowed a step, whether anyone could tell, and what the network cost it. */
function blame(
  { judged }: KnownStep,
  faults: readonly Fault[],
): { causes: number[]; unclear: boolean; networkSeconds: number } {
  if (!judged) return { causes: [], unclear: false, networkSeconds: 0 };
  const excessMs = judged.durationMs - judged.cleanMs;
  const share = excessMs / judged.cleanMs;
  if (share < AFFECTED_SHARE) return { causes: [], unclear: Math.abs(share) > UNSEEN_SHARE, networkSeconds: 0 };
  const own = [...judged.addedMs].filter(([, ms]) => ms >= OWN_SHARE * excessMs);
  const causes = (own.length > 0 ? own : [...judged.addedMs]).map(([id]) => id);
  const isNetwork = causes.map((id) => faults.some((fault) => fault.id === id && isNetworkFault(fault.kind)));
  const mixed = isNetwork.includes(true) && isNetwork.includes(false);
  // Two causes of which neither alone explains the step: right answers differ by taste.
  const tangled = own.length === 0 && judged.addedMs.size > 1;
  const networkMs = Math.max(0, judged.durationMs - judged.withoutNetworkMs);
  const unclear = mixed || tangled || share < SURE_SHARE;
  return { causes, unclear, networkSeconds: isNetwork.includes(true) ? networkMs / 1000 : 0 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
