import { balanceOf } from '../uplink-imbalance/balance.ts';

/** How evenly one group of uplinks was loaded over a window. */
export interface Spread {
  /** Largest over mean. */
  maxOverMean: number;
  /** Standard deviation over mean. */
  variation: number;
  /** Share of the members that carried next to nothing. */
  idleShare: number;
  /** Mean and highest utilisation, 0..1. */
  meanUtil: number;
  maxUtil: number;
}

/** What makes a group uneven. */
export interface SpreadLimits {
  minMeanUtil: number;
  ratio: number;
  maxUtil: number;
  /** Flows that cross the group at once; 0 = not known. */
  flows: number;
}

/** Variation above that of random hashing by this factor, or this share idle beside a link this full, is no chance. @source detection.md section 5 */
const POLARISED_VARIATION = 2;
const POLARISED_IDLE = 0.25;
const POLARISED_UTIL = 0.8;

/** Spread of utilisations of links of one speed; null below two members or without load. */
export function spreadOf(utils: readonly number[]): Spread | null {
  const balance = balanceOf(utils);
  if (balance === null) return null;
  return {
    ...balance,
    meanUtil: utils.reduce((sum, util) => sum + util, 0) / utils.length,
    maxUtil: Math.max(...utils),
  };
}

/** Variation that hashing equal flows at random over links gives by chance. @source detection.md section 5 */
export function chanceVariation(links: number, flows: number): number {
  return Math.sqrt((links - 1) / flows);
}

/**
 * Judges one window. Without knowing how many flows there are nobody can tell bad luck from a broken hash: it is
 * called imbalanced then, never polarised.
 * @source detection.md section 5
 */
export function judgeSpread(spread: Spread, links: number, limits: SpreadLimits): 'even' | 'imbalanced' | 'polarised' {
  if (spread.meanUtil < limits.minMeanUtil) return 'even';
  const idle = spread.idleShare >= POLARISED_IDLE && spread.maxUtil >= POLARISED_UTIL;
  const noChance = limits.flows > 0 && spread.variation > POLARISED_VARIATION * chanceVariation(links, limits.flows);
  if (noChance || (idle && limits.flows > 0)) return 'polarised';
  if (idle) return 'imbalanced';
  return spread.maxOverMean >= limits.ratio && spread.maxUtil >= limits.maxUtil ? 'imbalanced' : 'even';
}
