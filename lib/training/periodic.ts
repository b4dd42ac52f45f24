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
 * Finds periods among slow steps: hits at the same distance in at least `periodicHits` of `periodicWindow` periods, on at most
 * `periodicMaxFraction` of all steps.
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
    for (let j = i - 1; j >= 0; j--) {
      const period = last.step - (suspects[j]?.step ?? 0);
      if (period < shortest || !recurs(last, period, first, bySteps, config)) continue;
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
    suspect.excessSeconds < SAME_SIZE * period.excessSeconds &&
    suspect.excessSeconds * SAME_SIZE > period.excessSeconds
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
    const hit = all.get(step);
    if (hit && hit.excessSeconds < SAME_SIZE * last.excessSeconds && hit.excessSeconds * SAME_SIZE > last.excessSeconds)
      hits++;
  }
  return hits >= config.periodicHits;
}

function seriesOf(last: Suspect, period: number, suspects: readonly Suspect[]): Period {
  const residue = last.step % period;
  const series = { period, residue, firstStep: 0, excessSeconds: last.excessSeconds };
  series.firstStep = suspects.find((suspect) => isPeriodic(suspect, series))?.step ?? last.step;
  return series;
}
