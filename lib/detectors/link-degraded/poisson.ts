/** 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/**
 * 95 % interval of the mean of a Poisson count, by Byar's approximation (within 1 % of the exact one from 10 on).
 * @param count events seen, 0 or more
 */
export function poissonInterval(count: number): { low: number; high: number } {
  const above = count + 1;
  const high = above * (1 - 1 / (9 * above) + Z / (3 * Math.sqrt(above))) ** 3;
  if (count <= 0) return { low: 0, high };
  const low = count * Math.max(0, 1 - 1 / (9 * count) - Z / (3 * Math.sqrt(count))) ** 3;
  return { low, high };
}
