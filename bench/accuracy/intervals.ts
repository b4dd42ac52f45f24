import { uniform } from '../../demo/fabric/draws.ts';
import { quantile } from '../../lib/training/statistics.ts';
import { type Figures, figures } from './figures.ts';
import type { Tally } from './tally.ts';

/** Figures that are given with an interval. */
export const WITH_INTERVAL = ['f1', 'blameAccuracy', 'blameCoverage', 'lostBiasMeanAbs'] as const;
type FigureName = (typeof WITH_INTERVAL)[number];

/** 2.5 % and 97.5 % quantiles. */
export type Interval = [low: number, high: number];
export type Intervals = Partial<Record<FigureName, Interval>>;

const DRAWS = 400;

/**
 * Bootstrap intervals at 95 %: recordings are drawn again with replacement, all phases of one together, because they share its faults.
 * The draws are fixed by the seed.
 */
export function bootstrapIntervals(tallies: readonly Tally[], seed: number): Intervals {
  const byScenario = new Map<string, Tally[]>();
  for (const tally of tallies) byScenario.set(tally.scenario, [...(byScenario.get(tally.scenario) ?? []), tally]);
  const scenarios = [...byScenario.values()];
  const drawn: Figures[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    drawn.push(
      figures(scenarios.flatMap((_, i) => scenarios[Math.floor(uniform(seed, draw, i) * scenarios.length)] ?? [])),
    );
  }
  const intervals: Intervals = {};
  for (const name of WITH_INTERVAL) {
    const values = drawn.flatMap((one) => one[name] ?? []);
    const low = quantile(values, 0.025);
    const high = quantile(values, 0.975);
    if (low !== undefined && high !== undefined) intervals[name] = [low, high];
  }
  return intervals;
}
