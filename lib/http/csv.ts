import type { SeriesAnswer } from '../api/types.ts';
import type { HttpAnswer, HttpRequest } from './types.ts';

/** Whether the asker wants CSV rather than JSON. */
export function wantsCsv(request: HttpRequest): boolean {
  return (request.headers.accept ?? '').split(',').some((type) => type.trim().split(';')[0] === 'text/csv');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  let text = typeof value === 'string' ? value : JSON.stringify(value);
  // A spreadsheet must not take a name from a device for a formula.
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows under the union of their keys; what is not plain stands as JSON. @source RFC 4180 */
export function csvAnswer(rows: readonly object[]): HttpAnswer {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [
    keys.join(','),
    ...rows.map((row) => keys.map((key) => cell((row as Record<string, unknown>)[key])).join(',')),
  ];
  return {
    status: 200,
    headers: { 'content-type': 'text/csv; charset=utf-8; header=present' },
    body: `${lines.join('\r\n')}\r\n`,
  };
}

/** One row a point; a missing value is an empty cell. */
export function seriesRows(answer: SeriesAnswer): object[] {
  return answer.series.flatMap(({ labels, unit, timestampsMs, values }) =>
    timestampsMs.map((timestampMs, index) => ({
      timestampMs,
      device: labels.device,
      port: labels.port,
      priority: labels.priority ?? null,
      field: labels.field,
      unit,
      value: values[index] ?? null,
    })),
  );
}
