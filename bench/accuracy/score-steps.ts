import { isNetworkKind } from '../../lib/kinds.ts';
import type { ReplayDocument } from '../../lib/replay/index.ts';
import { type Incident, isOn } from './match.ts';
import type { Tally, Truth, TruthFault } from './tally.ts';

type SaidStep = ReplayDocument['steps'][number];

/** Holds every step of the truth against what was said of it. */
export function scoreSteps(
  said: ReplayDocument,
  byId: ReadonlyMap<string, Incident>,
  truth: Truth,
  tally: Tally,
): void {
  const key = (job: string, step: number): string => `${job}#${step}`;
  const skip = new Set(truth.doNotScoreSteps.map(([job, step]) => key(job, step)));
  const faultsOf = new Map<string, TruthFault[]>();
  for (const fault of truth.faults) {
    for (const [job, steps] of Object.entries(fault.affectedSteps)) {
      for (const step of steps) faultsOf.set(key(job, step), [...(faultsOf.get(key(job, step)) ?? []), fault]);
    }
  }
  const saidSteps = new Map<string, SaidStep>();
  for (const step of said.steps) {
    if (saidSteps.has(key(step.job, step.step))) tally.broken.push(`step ${key(step.job, step.step)} twice`);
    saidSteps.set(key(step.job, step.step), step);
  }
  for (const [job, list] of Object.entries(truth.steps)) {
    for (const [number, seconds] of list) {
      const name = key(job, number);
      const step = saidSteps.get(name);
      if (!step) {
        tally.broken.push(`step ${name} missing`);
        continue;
      }
      checkStep(step, name, seconds, tally);
      if (skip.has(name)) continue;
      const faults = faultsOf.get(name) ?? [];
      if (faults.length === 0) scoreCleanStep(step, tally);
      else scoreAffectedStep(step, faults, byId, tally);
    }
  }
}

function checkStep(step: SaidStep, name: string, seconds: number, tally: Tally): void {
  if (Math.abs(step.durationSeconds - seconds) > 0.002) {
    tally.broken.push(`step ${name} lasts ${seconds} s, not ${step.durationSeconds}`);
  }
  const sum = step.causes.reduce((total, cause) => total + cause.seconds, 0);
  const room = Math.max(0, step.durationSeconds - step.baselineSeconds) + 1e-3;
  if (step.causes.some((cause) => !(cause.seconds >= 0)) || sum > room) {
    tally.broken.push(`step ${name}: causes exceed the excess`);
  }
}

function scoreCleanStep(step: SaidStep, tally: Tally): void {
  tally.cleanSteps++;
  if (step.slow) tally.falseSlow++;
  if (step.verdict === 'network') tally.falseNetworkBlame++;
}

function scoreAffectedStep(
  step: SaidStep,
  faults: readonly TruthFault[],
  byId: ReadonlyMap<string, Incident>,
  tally: Tally,
): void {
  tally.steps++;
  const network = faults.filter((fault) => fault.network);
  let answered = step.verdict === 'network' || step.verdict === 'not-network';
  let right: boolean;
  if (network.length > 0) right = blamesNetworkRightly(step, network, byId);
  else {
    tally.computeSteps++;
    if (step.verdict === 'network') {
      tally.computeBlamedOnNetwork++;
      tally.falseNetworkBlame++;
    }
    const checkpointOnly = faults.every((fault) => fault.kind === 'checkpoint');
    // A checkpoint is no accident: leaving it out of the slow steps is as good as explaining it.
    answered ||= checkpointOnly;
    right = checkpointOnly ? step.verdict !== 'network' : step.verdict === 'not-network';
  }
  if (answered) tally.answered++;
  if (right) tally.right++;
  else tally.wrong.push(`${step.job}#${step.step} ${step.verdict}`);
}

function blamesNetworkRightly(
  step: SaidStep,
  faults: readonly TruthFault[],
  byId: ReadonlyMap<string, Incident>,
): boolean {
  const causes = step.causes.filter(({ kind }) => isNetworkKind(kind)).sort((a, b) => b.seconds - a.seconds);
  const seconds = causes.reduce((sum, cause) => sum + cause.seconds, 0);
  const otherSeconds = step.causes
    .filter(({ kind }) => !isNetworkKind(kind) && kind !== 'unexplained')
    .reduce((sum, cause) => sum + cause.seconds, 0);
  const incident = causes[0] ? byId.get(causes[0].incident ?? '') : undefined;
  return (
    step.verdict === 'network' &&
    incident !== undefined &&
    faults.some((fault) => isOn(incident, fault)) &&
    seconds >= otherSeconds
  );
}
