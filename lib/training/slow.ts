import type { Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';

/** Why a step counts as slow. */
export type SlowReason = 'statistical' | 'rank-evidence' | 'network-evidence' | 'level-shift';

/**
 * Says whether a step is slow: by its length alone when it stands far outside the job's natural spread, or nearer
 * to it when direct evidence explains it.
 * @param rankSeconds time the ranks' clocks show was lost outside the network
 * @param networkSeconds evidence of incidents that overlaps the step
 */
export function slowReason(
  seconds: number,
  baseline: Baseline,
  rankSeconds: number,
  networkSeconds: number,
  config: TrainingConfig,
): SlowReason | undefined {
  const excess = seconds - baseline.seconds;
  if (excess <= 0) return undefined;
  const rise = Math.log(seconds / baseline.seconds);
  if (rise > config.slowSpreads * baseline.spread && seconds >= config.slowRatio * baseline.seconds)
    return 'statistical';
  const worth = config.evidenceFraction * baseline.seconds;
  if (rankSeconds >= worth) return 'rank-evidence';
  if (
    rise < config.evidenceSpreads * baseline.upperSpread ||
    excess < config.evidenceExcessFraction * baseline.seconds
  ) {
    return undefined;
  }
  if (rankSeconds > 0) return 'rank-evidence';
  return networkSeconds >= worth ? 'network-evidence' : undefined;
}
