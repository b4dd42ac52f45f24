/** How evenly a group of uplinks is loaded. */
export interface Balance {
  /** Largest over mean. */
  maxOverMean: number;
  /** Standard deviation over mean. */
  variation: number;
  /** Members below 1 % of the mean. */
  idleShare: number;
}

/**
 * Balance of loads (bytes over weight) of a group of links; null below two members or without load.
 * @source detection.md section 5; max over mean as used by Gangidi et al., SIGCOMM'24
 */
export function balanceOf(loads: readonly number[]): Balance | null {
  if (loads.length < 2) return null;
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  if (!(mean > 0)) return null;
  const variance = loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length;
  return {
    maxOverMean: Math.max(...loads) / mean,
    variation: Math.sqrt(variance) / mean,
    idleShare: loads.filter((load) => load < 0.01 * mean).length / loads.length,
  };
}
