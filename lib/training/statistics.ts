import { MAD_TO_SIGMA } from './sorted-window.ts';

/** Median of finite numbers; undefined for none. Does not touch its input. */
export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** Quantile by linear interpolation between order statistics (R type 7); q in 0..1. */
export function quantile(values: readonly number[], q: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const a = sorted[low] ?? 0;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] ?? a;
  return a + (b - a) * (at - low);
}

/** Robust spread: 1.4826 x median |x - center|, never below `floor`. */
export function robustSpread(values: readonly number[], center: number, floor: number): number {
  const mad = median(values.map((x) => Math.abs(x - center))) ?? 0;
  return Math.max(MAD_TO_SIGMA * mad, floor);
}

/**
 * Chance that a standard normal number is at least z.
 * @source Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17; off by less than 1e-7
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}

/**
 * Chance that a number whose spread was estimated with so many degrees of freedom is at least z spreads above its centre (Student's t).
 * @source Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.8
 */
export function studentTail(z: number, degrees: number): number {
  return normalTail((z * (1 - 1 / (4 * degrees))) / Math.sqrt(1 + (z * z) / (2 * degrees)));
}
