import type { TrainingConfig } from './config.ts';

/** A slow step that no evidence lays at the network's door. */
export interface Suspect {
  step: number;
  excessSeconds: number;
}

/** Slow steps that recur every `period` steps: checkpoints, evaluations, collections of garbage that nobody tagged. */
export interface Period {
  period: number;
  /** step modulo period. */
  residue: number;
  /** First step of the series. */
  firstStep: number;
  /** Usual excess, seconds. */
  excessSeconds: number;
}

/** Excesses of one series differ by less than this factor: a checkpoint writes the same state every time. */
const SAME_SIZE = 3;

/**
 * Finds periods among slow steps: hits at the same distance in at least `periodicHits` of the last `periodicWindow` periods, on at most
 * `periodicMaxFraction` of all steps, and so often that chance would not line up any of as many slow steps.
 * @param suspects in order of step id, no id twice
 */
export function findPeriods(suspects: readonly Suspect[], config: TrainingConfig): Period[] {
  const shortest = Math.ceil(1 / config.periodicMaxFraction);
  const bySteps = new Map(suspects.map((suspect) => [suspect.step, suspect]));
  const first = suspects[0]?.step ?? 0;
  const periods: Period[] = [];
  for (let i = suspects.length - 1; i >= 0; i--) {
    const last = suspects[i];
    if (!last || periods.some((known) => isPeriodic(last, known))) continue;
    const alike = suspects.filter((suspect) => sameSize(suspect, last)).length;
    const density = alike / Math.max(1, last.step - first + 1);
    // Every pair of slow steps proposes a period: what is unlikely for one of them is not for thousands.
    const pairs = (alike * (alike - 1)) / 2;
    for (let j = i - 1; j >= 0; j--) {
      const period = last.step - (suspects[j]?.step ?? 0);
      if (period < shortest || !recurs(last, period, first, bySteps, config)) continue;
      if (pairs * chanceOf(last, period, first, bySteps, density) > config.periodicChance) continue;
      periods.push(seriesOf(last, period, suspects));
      break;
    }
  }
  return periods;
}

/** Whether a slow step belongs to a period. */
export function isPeriodic(suspect: Suspect, period: Period): boolean {
  return (
    suspect.step >= period.firstStep &&
    suspect.step % period.period === period.residue &&
    sameSize(suspect, { step: period.firstStep, excessSeconds: period.excessSeconds })
  );
}

function recurs(
  last: Suspect,
  period: number,
  first: number,
  all: ReadonlyMap<number, Suspect>,
  config: TrainingConfig,
): boolean {
  let hits = 0;
  for (let k = 0; k < config.periodicWindow; k++) {
    const step = last.step - k * period;
    if (step < first) break;
    if (sameSize(all.get(step), last)) hits++;
  }
  return hits >= config.periodicHits;
}

/** Chance that slow steps of this density hit as many of the periods back to the first one; two hits are what proposed the period. */
function chanceOf(
  last: Suspect,
  period: number,
  first: number,
  all: ReadonlyMap<number, Suspect>,
  density: number,
): number {
  const periods = Math.floor((last.step - first) / period) + 1;
  let hits = 0;
  for (let k = 0; k < periods; k++) if (sameSize(all.get(last.step - k * period), last)) hits++;
  return binomialTail(periods - 2, hits - 2, density);
}

/** P(at least k of n) with probability p each. */
function binomialTail(n: number, k: number, p: number): number {
  let tail = 0;
  let logChoose = 0;
  for (let i = 0; i <= n; i++) {
    if (i >= k) tail += Math.exp(logChoose + i * Math.log(p) + (n - i) * Math.log1p(-p));
    logChoose += Math.log(n - i) - Math.log(i + 1);
  }
  return Math.min(1, tail);
}

function sameSize(hit: Suspect | undefined, last: Suspect): boolean {
  return (
    hit !== undefined &&
    hit.excessSeconds < SAME_SIZE * last.excessSeconds &&
    hit.excessSeconds * SAME_SIZE > last.excessSeconds
  );
}

function seriesOf(last: Suspect, period: number, suspects: readonly Suspect[]): Period {
  const residue = last.step % period;
  const series = { period, residue, firstStep: 0, excessSeconds: last.excessSeconds };
  series.firstStep = suspects.find((suspect) => isPeriodic(suspect, series))?.step ?? last.step;
  return series;
}
