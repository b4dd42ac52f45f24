import type { Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import { studentTail } from './statistics.ts';

/** Why a step counts as slow. */
export type SlowReason = 'statistical' | 'rank-evidence' | 'network-evidence' | 'level-shift';

/** What incidents say of a step. */
export interface NetworkEvidence {
  /** The most that one incident could explain of it, seconds. */
  seconds: number;
  /** It surely ran inside one of them; otherwise it may have run just before or after. */
  inside: boolean;
  /** What the incidents around it usually cost a step of this job, seconds; null where too few steps tell. */
  usualSeconds: number | null;
  /** Chance that nature made it as long as it is, from the chance for a step nothing delays: lower where the steps beside it were delayed. */
  chanceOfNature: (natural: number) => number;
}

/** The upper spread of n steps tells as much as a standard deviation of this share of n: found by drawing normal samples of 10 to 64. */
const SPREAD_EFFICIENCY = 0.55;

/** Nothing overlaps the step. */
export const NO_EVIDENCE: NetworkEvidence = {
  seconds: 0,
  inside: false,
  usualSeconds: null,
  chanceOfNature: (natural) => natural,
};

/**
 * Says whether a step is slow: by its length alone when it stands far outside the job's natural spread, or nearer
 * to it when direct evidence explains it.
 * @param rankSeconds time the ranks' clocks show was lost outside the network
 * @param network incidents that overlap the step
 */
export function slowReason(
  seconds: number,
  baseline: Baseline,
  rankSeconds: number,
  network: NetworkEvidence,
  config: TrainingConfig,
): SlowReason | undefined {
  const excess = seconds - baseline.seconds;
  if (excess <= 0) return undefined;
  const rise = Math.log(seconds / baseline.seconds);
  if (rise > config.slowSpreads * baseline.spread && seconds >= config.slowRatio * baseline.seconds)
    return 'statistical';
  const worth = config.evidenceFraction * baseline.seconds;
  if (rankSeconds >= worth) return 'rank-evidence';
  if (excess < config.evidenceExcessFraction * baseline.seconds) return undefined;
  const spreads = rise / baseline.upperSpread;
  if (rankSeconds > 0) return spreads >= config.evidenceSpreads ? 'rank-evidence' : undefined;
  if (network.seconds < worth) return undefined;
  const chance = network.chanceOfNature(studentTail(spreads, SPREAD_EFFICIENCY * baseline.steps));
  return chance <= (network.inside ? config.insideChance : config.edgeChance) ? 'network-evidence' : undefined;
}
