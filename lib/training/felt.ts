import type { TrainingConfig } from './config.ts';
import type { LaidEvidence } from './evidence.ts';
import { median } from './statistics.ts';
import type { StepWork } from './step-work.ts';

/**
 * How a job felt one incident: what the steps that surely ran inside it say together. One step that is 8 % too long may be nature; eight
 * in a row during a storm are not.
 */
export interface Felt {
  /** Share of the steps inside that went on as if nothing had happened, at most 1. */
  unaffected: number;
  /** ln(duration / baseline) of the steps inside. */
  rises: number[];
  /** Evidence seconds that half of them had at least. */
  usualEvidence: number;
}

/**
 * Looks at the steps that ran inside an incident. Of steps that nothing delays half are shorter than usual: twice as many as were
 * shorter is how many were not delayed.
 * @returns null where too few steps ran inside to say anything
 * @source Storey, "A direct approach to false discovery rates", J. R. Stat. Soc. B 64 (2002), with lambda = 0.5
 */
export function feltBy(work: readonly StepWork[], laid: LaidEvidence, config: TrainingConfig): Felt | null {
  const rises: number[] = [];
  const evidence: number[] = [];
  work.forEach((item, n) => {
    const { baseline } = item;
    if (!baseline || item.excluded !== null || item.findings.length > 0) return;
    if ((laid.sure[n] ?? 0) < SURELY_INSIDE * item.seconds * item.step.entry.averagedOver) return;
    if ((laid.seconds[n] ?? 0) < config.evidenceFraction * item.step.entry.averagedOver * baseline.seconds) return;
    rises.push(Math.log(item.seconds / baseline.seconds));
    evidence.push(laid.seconds[n] ?? 0);
  });
  if (rises.length < config.feltSteps) return null;
  const shorter = rises.filter((rise) => rise <= 0).length;
  const unaffected = Math.min(1, (2 * (shorter + 1)) / (rises.length + 1));
  return { unaffected, rises, usualEvidence: median(evidence) ?? 0 };
}

/** Part of the usual evidence from which on an incident was as strong as usual. */
const AS_STRONG = 0.5;

/** Part of a step that must lie inside an incident for the step to say how the incident was felt. */
const SURELY_INSIDE = 0.5;

/**
 * Chance that a step is as long as it is by nature, knowing how the steps inside the same incident fared.
 * @param natural chance that a step nothing delays is as long
 * @param rise ln(duration / baseline)
 * @param inside the step surely ran inside; otherwise it may have ended before the incident began, or begun after its end
 */
export function chanceOfNature(natural: number, rise: number, felt: Felt | null, inside: boolean): number {
  if (felt === null) return natural;
  const alike = felt.rises.filter((other) => other >= ALIKE * rise && other * ALIKE <= rise).length / felt.rises.length;
  const unaffected = inside ? felt.unaffected : (1 + felt.unaffected) / 2;
  const total = unaffected * natural + (1 - unaffected) * alike;
  return total <= 0 ? natural : Math.min(natural, (unaffected * natural) / total);
}

/** Rises that differ by less than this factor are alike. */
const ALIKE = 0.6;

/** Lets each step know how the others inside its incidents fared. */
export function feelImpacts(work: readonly StepWork[], laid: readonly LaidEvidence[], config: TrainingConfig): void {
  const felt = laid.map((evidence) => feltBy(work, evidence, config));
  work.forEach((item, n) => {
    const { baseline } = item;
    if (!baseline || item.network.seconds <= 0) return;
    const rise = Math.log(item.seconds / baseline.seconds);
    const averagedOver = item.step.entry.averagedOver;
    const own = laid.flatMap((evidence, i) => {
      if ((evidence.seconds[n] ?? 0) < config.evidenceFraction * averagedOver * baseline.seconds) return [];
      const within = (evidence.sure[n] ?? 0) >= SURELY_INSIDE * averagedOver * item.seconds;
      // Where an incident was much weaker than usual it may as well have been over.
      const strong = (evidence.seconds[n] ?? 0) >= AS_STRONG * (felt[i]?.usualEvidence ?? 0);
      const proven = (evidence.own[n] ?? 0) >= config.coverFraction * averagedOver * (item.seconds - baseline.seconds);
      return [{ felt: felt[i] ?? null, inside: (within && strong) || proven }];
    });
    item.network = {
      seconds: item.network.seconds,
      inside: own.some(({ inside }) => inside),
      usualSeconds: usualSeconds(own, baseline.seconds),
      chanceOfNature: (natural) =>
        Math.min(natural, ...own.map((known) => chanceOfNature(natural, rise, known.felt, known.inside))),
    };
  });
}

/** What the dearest of several incidents costs half of the steps inside it, seconds. */
function usualSeconds(own: readonly { felt: Felt | null; inside: boolean }[], baselineSeconds: number): number | null {
  const costs = own.flatMap(({ felt, inside }) => {
    const rise = inside && felt !== null ? median(felt.rises) : undefined;
    return rise === undefined ? [] : [baselineSeconds * Math.expm1(rise)];
  });
  return costs.length === 0 ? null : Math.max(...costs);
}
