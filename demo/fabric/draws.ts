/**
 * Random draws addressed by name instead of by order: the same (seed, keys) gives the same number however the run
 * went before. That is what makes a run with a fault and a run without it comparable draw for draw.
 */

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Streams keep unrelated draws apart; the number is part of the address. */
export const STREAM = {
  compute: 1,
  expertSkew: 2,
  tenantGap: 3,
  tenantSize: 4,
  tenantPeer: 5,
  stormPeriod: 6,
  placement: 7,
  ecmp: 8,
  burstSize: 9,
  scenario: 10,
  jitter: 11,
} as const;

/** Uniform in [0, 1). */
export function uniform(seed: number, ...keys: number[]): number {
  let hash = mix(0x2545f491, seed | 0);
  for (const key of keys) hash = mix(hash, key | 0);
  hash = mix(hash, 0x1b873593);
  return hash / 0x1_0000_0000;
}

/** Standard normal (Box-Muller), cut at ±3 so that one draw is never a fault of its own. */
export function normal(seed: number, ...keys: number[]): number {
  const u = Math.max(uniform(seed, ...keys, 1), 1e-12);
  const v = uniform(seed, ...keys, 2);
  const z = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  return Math.max(-3, Math.min(3, z));
}

/** Exponential with the given mean, cut at four means. */
export function exponential(mean: number, seed: number, ...keys: number[]): number {
  return Math.min(4 * mean, -mean * Math.log(1 - uniform(seed, ...keys)));
}

/** Integer in [0, count). */
export function pick(count: number, seed: number, ...keys: number[]): number {
  return Math.min(count - 1, Math.floor(uniform(seed, ...keys) * count));
}
