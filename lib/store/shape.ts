import type { SampleField } from '../samples/fields.ts';
import type { Series } from './types.ts';

/** How much later than the end of the one before an interval may start before the line breaks, as a share of its length. */
const GAP_TOLERANCE = 0.5;

/** One field of one series as an adapter reads it: in time order, NaN = missing. */
export interface RawSeries {
  device: string;
  port: string;
  priority: number | null;
  field: SampleField;
  startMs: ArrayLike<number>;
  endMs: ArrayLike<number>;
  values: ArrayLike<number>;
}

/**
 * Rows to a line of a chart. Rows without the value are no points; where no row with the value covers the time up to the
 * next one stands a single null, so that a missed poll is a gap and never a straight line. Of rows that end together the
 * later counts. Reduced to `maxPoints` with the extremes kept.
 */
export function shapeSeries(raw: RawSeries, maxPoints?: number): Series {
  const timestampsMs: number[] = [];
  const values: (number | null)[] = [];
  let lastEnd = Number.NaN;
  for (let i = 0; i < raw.endMs.length; i++) {
    const value = raw.values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const start = raw.startMs[i] ?? 0;
    const end = raw.endMs[i] ?? 0;
    if (end === lastEnd) {
      values[values.length - 1] = value;
      continue;
    }
    if (start > lastEnd + GAP_TOLERANCE * (end - start)) {
      timestampsMs.push(Math.round((lastEnd + start) / 2));
      values.push(null);
    }
    timestampsMs.push(end);
    values.push(value);
    lastEnd = end;
  }
  const { device, port, priority, field } = raw;
  const series: Series = { device, port, priority, field, timestampsMs, values };
  return maxPoints === undefined ? series : reduce(series, maxPoints);
}

/** Keeps the smallest and the largest point of each of maxPoints / 2 equal pieces of time; a piece of nulls stays one null. */
function reduce(series: Series, maxPoints: number): Series {
  const { timestampsMs } = series;
  const count = timestampsMs.length;
  if (count <= maxPoints) return series;
  const first = timestampsMs[0] ?? 0;
  const buckets = Math.max(1, Math.floor(maxPoints / 2));
  const widthMs = ((timestampsMs[count - 1] ?? first) - first) / buckets || 1;
  const bucketOf = (index: number) => Math.min(buckets - 1, Math.floor(((timestampsMs[index] ?? 0) - first) / widthMs));
  const kept: number[] = [];
  for (let from = 0; from < count; ) {
    const bucket = bucketOf(from);
    let to = from + 1;
    while (to < count && bucketOf(to) === bucket) to++;
    kept.push(...extremes(series.values, from, to));
    from = to;
  }
  return {
    ...series,
    timestampsMs: kept.map((index) => timestampsMs[index] ?? 0),
    values: kept.map((index) => series.values[index] ?? null),
  };
}

/** Indexes of the smallest and largest value in [from, to), in time order; of the first point where all are missing. */
function extremes(values: readonly (number | null)[], from: number, to: number): number[] {
  let low = -1;
  let high = -1;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? null;
    if (value === null) continue;
    if (low < 0 || value < (values[low] ?? 0)) low = i;
    if (high < 0 || value > (values[high] ?? 0)) high = i;
  }
  if (low < 0) return [from];
  return low === high ? [low] : [Math.min(low, high), Math.max(low, high)];
}
