import { QUALITIES } from '../samples/fields.ts';
import type { Sample } from '../samples/sample.ts';

/**
 * Rows of one series that end together as one: all their fields, the worst quality, the shortest interval. One port may
 * give some fields exactly and others only as a bound in the same interval.
 */
export function mergeRows(rows: readonly Sample[]): Sample | undefined {
  const [first, ...others] = rows;
  if (!first) return undefined;
  const merged: Sample = { ...first, fields: { ...first.fields } };
  for (const row of others) {
    Object.assign(merged.fields, row.fields);
    merged.startMs = Math.max(merged.startMs, row.startMs);
    if (QUALITIES.indexOf(row.quality) > QUALITIES.indexOf(merged.quality)) merged.quality = row.quality;
  }
  return merged;
}
