import { fieldToSnake, SAMPLE_FIELDS } from '../../samples/fields.ts';
import type { SeriesFilter } from '../types.ts';
import type { ReadQuery } from './protocol.ts';
import { quoted } from './quoted.ts';

/** Which series, over the table `s`. */
export function filterSql(filter: SeriesFilter): string {
  const terms = ['true'];
  if (filter.device !== undefined) terms.push(`s.device = '${quoted(filter.device)}'`);
  if (filter.port !== undefined) terms.push(`s.port = '${quoted(filter.port)}'`);
  if (filter.priority !== undefined)
    terms.push(`s.priority = ${filter.priority === null ? -1 : Number(filter.priority)}`);
  return terms.join(' AND ');
}

/** Samples of one hour file, in the order of the query. */
export function readSql(alias: string, query: ReadQuery): string {
  const fields = query.fields.map((field) => {
    const name = fieldToSnake(SAMPLE_FIELDS[field] ?? 'rxBytesPerSec');
    return `coalesce(x.${name}, 'NaN'::DOUBLE)`;
  });
  const columns = [
    'x.end_ms',
    'x.interval_ms',
    'x.quality::DOUBLE',
    ...fields,
    'x.series',
    's.device',
    's.port',
    's.priority',
  ];
  const time = `x.end_ms >= ${query.startMs} AND x.end_ms < ${query.endMs}`;
  const ids = `x.series IN (SELECT s.id FROM ${alias}.series s WHERE ${filterSql(query.filter)})`;
  const newest = query.newestOnly ? 'QUALIFY x.end_ms = max(x.end_ms) OVER (PARTITION BY x.series)' : '';
  const order = query.order === 'time' ? 'x.end_ms, x.series' : 'x.series, x.end_ms';
  return `SELECT ${columns.join(', ')} FROM ${alias}.samples x JOIN ${alias}.series s ON s.id = x.series WHERE ${time} AND ${ids} ${newest} ORDER BY ${order}, x.interval_ms`;
}
