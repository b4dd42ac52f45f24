const PREFIXES = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
] as const;

/** What stands where a value is missing: never "0". */
export const MISSING_TEXT = 'no data';

/**
 * Three significant digits without an exponent for magnitudes 0.001..999.5: 1.23, 45.6, 789.
 * Trailing zeros after the point are kept only where they are significant digits of a rounded value.
 */
export function formatSignificant(value: number): string {
  if (!Number.isFinite(value)) return MISSING_TEXT;
  const magnitude = Math.abs(value);
  if (magnitude === 0) return '0';
  if (magnitude < 0.001) return value.toExponential(1).replace('e-', 'e\u2212');
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Number(magnitude.toPrecision(3)))));
  const text = value.toFixed(Math.min(digits, 3));
  return Number.isInteger(value) && magnitude < 1000 ? String(value) : text;
}

/**
 * SI prefix, three significant digits and the unit: (1.25e9, "B/s") -> "1.25 GB/s". Values below one keep the bare unit.
 * @param value any finite number; anything else reads as missing
 */
export function formatSi(value: number, unit: string): string {
  if (!Number.isFinite(value)) return MISSING_TEXT;
  // Rounding first keeps 999,999 from reading "1000 k".
  const rounded = Number(value.toPrecision(3));
  const magnitude = Math.abs(rounded);
  const [size, prefix] = PREFIXES.find(([from]) => magnitude >= from) ?? [1, ''];
  const text = formatSignificant(rounded / size);
  const suffix = `${prefix}${unit}`;
  return suffix === '' ? text : `${text} ${suffix}`;
}

/** A fraction 0..1 as percent: 0.0456 -> "4.56 %"; below 0.1 % says so rather than round to nothing. */
export function formatFraction(fraction: number): string {
  if (!Number.isFinite(fraction)) return MISSING_TEXT;
  const percent = fraction * 100;
  if (percent !== 0 && Math.abs(percent) < 0.1) return '< 0.1 %';
  if (Math.abs(percent) >= 99.95) return `${Math.round(percent)} %`;
  return `${Number(percent.toFixed(1))} %`;
}

/** A fraction for a small cell of a map, without unit: 0.0456 -> "4.6", 0.31 -> "31". */
export function formatFractionCell(fraction: number): string {
  const percent = fraction * 100;
  if (percent === 0) return '0';
  if (percent < 0.1) return '<0.1';
  return percent < 9.95 ? percent.toFixed(1) : String(Math.round(percent));
}

/** A value's text, marked where the value is only an upper bound: "\u2264 100 %". */
export function markBound(text: string, bounded: boolean): string {
  return bounded ? `\u2264 ${text}` : text;
}

/** A count with thin groups of thousands: 12345 -> "12,345". */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return MISSING_TEXT;
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** "1 port", "3 ports", "1,204 ports". */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
