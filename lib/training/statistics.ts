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
