import type { Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import { normalTail } from './statistics.ts';

/** Why a step counts as slow. */
export type SlowReason = 'statistical' | 'rank-evidence' | 'network-evidence' | 'level-shift';

/**
 * Says whether a step is slow: by its length alone when it stands far outside the job's natural spread, or nearer
 * to it when direct evidence explains it.
 * @param rankSeconds time the ranks' clocks show was lost outside the network
 * @param networkSeconds evidence of incidents that overlaps the step
 * @param chanceOfNature what the steps beside it make of the chance that nature did it
 */
export function slowReason(
  seconds: number,
  baseline: Baseline,
  rankSeconds: number,
  networkSeconds: number,
  chanceOfNature: (natural: number) => number,
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
  if (networkSeconds < worth) return undefined;
  const felt = chanceOfNature(normalTail(spreads)) <= config.feltChance;
  return felt || spreads >= config.evidenceSpreads ? 'network-evidence' : undefined;
}
