import { QUALITIES, type SampleField } from '../samples/fields.ts';
import type { Sample } from '../samples/sample.ts';
import { mergeRows } from './merge.ts';
import { shapeSeries } from './shape.ts';
import type { RangeQuery, Series, TopQuery, TopRow } from './types.ts';

/** The rows of one series. */
export type SeriesRows = Sample[];

/** Rows by series, each in time order; of rows that end together the shortest stands first. */
export function bySeries(rows: Iterable<Sample>): SeriesRows[] {
  const series = new Map<string, SeriesRows>();
  for (const row of rows) {
    const key = JSON.stringify([row.device, row.port, row.priority ?? null]);
    const list = series.get(key);
    if (list) list.push(row);
    else series.set(key, [row]);
  }
  const lists = [...series.values()];
  for (const list of lists) list.sort(byTime);
  return lists;
}

/** Time order; the quality only makes the order the same every time. */
export function byTime(a: Sample, b: Sample): number {
  return a.endMs - b.endMs || b.startMs - a.startMs || QUALITIES.indexOf(a.quality) - QUALITIES.indexOf(b.quality);
}

/** The lines of a chart that the rows of one series give. */
export function linesOf(
  rows: SeriesRows,
  query: Pick<RangeQuery, 'fields' | 'maxPoints' | 'startMs' | 'endMs'>,
): Series[] {
  const inside = rows.filter((row) => row.endMs >= query.startMs && row.endMs < query.endMs);
  return query.fields
    .filter((field) => inside.some((row) => row.fields[field] !== undefined))
    .map((field) => lineOf(inside, field, query.maxPoints));
}

function lineOf(rows: SeriesRows, field: SampleField, maxPoints: number | undefined): Series {
  const first = rows[0] as Sample;
  return shapeSeries(
    {
      device: first.device,
      port: first.port,
      priority: first.priority ?? null,
      field,
      startMs: rows.map((row) => row.startMs),
      endMs: rows.map((row) => row.endMs),
      values: rows.map((row) => row.fields[field] ?? Number.NaN),
    },
    maxPoints,
  );
}

/** The newest row of a series, if it ended at or after `sinceMs`. */
export function newestOf(rows: SeriesRows, sinceMs: number): Sample | undefined {
  const endMs = rows.at(-1)?.endMs ?? Number.NEGATIVE_INFINITY;
  return endMs < sinceMs ? undefined : mergeRows(rows.filter((row) => row.endMs === endMs));
}

/** One value for a series over a range: the largest, or the mean weighted by time; undefined where it gave none. */
export function aggregate(rows: SeriesRows, query: TopQuery): TopRow | undefined {
  let weight = 0;
  let sum = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const value = row.fields[query.field];
    if (value === undefined || row.endMs < query.startMs || row.endMs >= query.endMs) continue;
    const lengthMs = row.endMs - row.startMs;
    weight += lengthMs;
    sum += value * lengthMs;
    max = Math.max(max, value);
  }
  const first = rows[0];
  if (weight === 0 || !first) return undefined;
  const value = query.aggregate === 'max' ? max : sum / weight;
  return { device: first.device, port: first.port, priority: first.priority ?? null, value };
}
