import { type AcceptedStep, acceptedStep, type Baseline, BaselineWindow } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import { findLevelShifts } from './level-shift.ts';
import { rankFindings } from './rank-evidence.ts';
import { slowReason } from './slow.ts';
import type { EvaluationInput, StepWork } from './step-work.ts';

/** What the walk over the steps knows beforehand, per era: a stretch of steps that share one baseline. */
interface Eras {
  /** Era of each step, in the steps' order. A new one begins with a segment or a lasting speed-up. */
  of: number[];
  /** Baseline from the first accepted steps of an era, for those that came before there were enough. */
  early: Map<number, Baseline>;
  /** Steps inside a lasting slow-down. */
  shifted: ReadonlySet<StepWork>;
}

/**
 * Compares every step with the accepted ones before it (early ones also with those after) and learns from it. Runs in passes: the first
 * finds what can be learned, the second judges early steps too, a third knows lasting changes of level.
 */
export function compareSteps(work: readonly StepWork[], input: EvaluationInput, config: TrainingConfig): void {
  const firstEra = input.acceptedSegment * ERAS;
  const of = work.map((item) => item.step.segment * ERAS);
  walk(work, { of, early: new Map(), shifted: new Set() }, firstEra, input, config);
  // A running job whose baseline stands needs no hindsight.
  const standing = input.accepted.length >= config.hindsightSteps && of.every((era) => era === firstEra);
  if (!standing) {
    const early = earlyBaselines(work, of, firstEra, input, config);
    walk(work, { of, early, shifted: new Set() }, firstEra, input, config);
  }
  const { shifted, eras } = levelShifts(work, of, config);
  if (shifted.size === 0 && eras === of) return;
  walk(
    work,
    { of: eras, early: earlyBaselines(work, eras, firstEra, input, config), shifted },
    firstEra,
    input,
    config,
  );
}

/** Room for speed-ups inside one segment when eras are numbered. */
const ERAS = 1_000_000;

function walk(
  work: readonly StepWork[],
  eras: Eras,
  firstEra: number,
  input: EvaluationInput,
  config: TrainingConfig,
): void {
  let window = new BaselineWindow(config);
  for (const step of input.accepted) window.push(step);
  let era = firstEra;
  work.forEach((item, n) => {
    const here = eras.of[n] ?? era;
    if (here !== era) {
      window = new BaselineWindow(config);
      era = here;
    }
    const settled = window.size >= config.hindsightSteps;
    item.baseline = settled ? window.baseline() : (eras.early.get(era) ?? window.baseline());
    item.learned = null;
    item.findings = [];
    item.shifted = eras.shifted.has(item);
    if (item.excluded !== null) return;
    compare(item, config);
    if (item.learned) window.push(item.learned);
  });
}

function compare(item: StepWork, config: TrainingConfig): void {
  const { baseline, seconds } = item;
  item.findings = baseline ? rankFindings(item.features, baseline, config) : [];
  // A step with a known cause teaches nothing of the usual step, nor does one inside a slow-down that is counted against the old level.
  item.learned =
    item.shifted || isExplained(item, config) ? null : acceptedStep(seconds, item.features, baseline, config);
}

/** Says which of the compared steps are slow. */
export function markSlow(work: readonly StepWork[], config: TrainingConfig): void {
  for (const item of work) {
    const { baseline, seconds, excluded } = item;
    item.slow = undefined;
    if (!baseline || excluded !== null) continue;
    const local = item.findings.reduce((sum, finding) => sum + finding.seconds, 0);
    item.slow = slowReason(seconds, baseline, local, item.network, config);
    if (item.shifted && seconds > baseline.seconds) item.slow ??= 'level-shift';
  }
}

/** Whether something measured may have made the step longer. */
export function isExplained(item: StepWork, config: TrainingConfig): boolean {
  return (
    item.findings.length > 0 ||
    item.network.seconds >= config.evidenceFraction * (item.baseline?.seconds ?? item.seconds)
  );
}

function earlyBaselines(
  work: readonly StepWork[],
  eras: readonly number[],
  firstEra: number,
  input: EvaluationInput,
  config: TrainingConfig,
): Map<number, Baseline> {
  const first = new Map<number, AcceptedStep[]>([[firstEra, input.accepted.slice(0, config.hindsightSteps)]]);
  const anything = new Map<number, AcceptedStep[]>();
  work.forEach((item, n) => {
    if (item.excluded !== null) return;
    const era = eras[n] ?? firstEra;
    if (item.learned) keepFirst(first, era, item.learned, config);
    keepFirst(anything, era, acceptedStep(item.seconds, item.features, undefined, config), config);
  });
  const early = new Map<number, Baseline>();
  for (const era of new Set([...first.keys(), ...anything.keys()])) {
    // A job that was never seen undisturbed is compared with its own middle: little is said, but nothing wrong.
    const baseline = baselineOf(first.get(era), config) ?? baselineOf(anything.get(era), config);
    if (baseline) early.set(era, baseline);
  }
  return early;
}

function keepFirst(kept: Map<number, AcceptedStep[]>, era: number, step: AcceptedStep, config: TrainingConfig): void {
  const steps = kept.get(era);
  if (!steps) kept.set(era, [step]);
  else if (steps.length < config.hindsightSteps) steps.push(step);
}

function baselineOf(steps: readonly AcceptedStep[] | undefined, config: TrainingConfig): Baseline | undefined {
  const window = new BaselineWindow(config);
  for (const step of steps ?? []) window.push(step);
  return window.baseline();
}

/** Lasting changes of level among the steps that nothing measured explains. */
function levelShifts(
  work: readonly StepWork[],
  of: number[],
  config: TrainingConfig,
): { shifted: Set<StepWork>; eras: number[] } {
  const shifted = new Set<StepWork>();
  let eras = of;
  for (const segment of new Set(of)) {
    const at: number[] = [];
    work.forEach((item, n) => {
      if (of[n] === segment && item.excluded === null && !isExplained(item, config)) at.push(n);
    });
    const points = at.map((n) => {
      const baseline = work[n]?.baseline;
      return {
        lnSeconds: Math.log(work[n]?.seconds ?? 1),
        usual: baseline ? { ln: Math.log(baseline.seconds), spread: baseline.spread } : null,
      };
    });
    for (const shift of findLevelShifts(points, config)) {
      const from = at[shift.from] ?? 0;
      const to = at[shift.to] ?? work.length;
      if (shift.direction === 'faster') eras = eras.map((era, n) => (n >= from && of[n] === segment ? era + 1 : era));
      else for (let n = from; n < to; n++) markShifted(shifted, work[n], of[n] === segment);
    }
  }
  return { shifted, eras };
}

function markShifted(shifted: Set<StepWork>, item: StepWork | undefined, inside: boolean): void {
  if (item && inside) shifted.add(item);
}
