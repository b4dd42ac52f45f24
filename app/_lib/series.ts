import type { PortRow, SeriesAnswer } from '../../lib/api/types.ts';

/** One instant of a chart: time and one value per line; null is a gap. */
export interface ChartRow {
  timestampMs: number;
  [line: string]: number | null;
}

type Series = SeriesAnswer['series'][number];

/** The key of a line in a chart row: the field, with the priority where it is of one. */
export function lineKey(labels: Series['labels']): string {
  return labels.priority === undefined ? labels.field : `${labels.field}:${labels.priority}`;
}

function medianStepMs(timestampsMs: readonly number[]): number {
  const steps: number[] = [];
  for (let index = 1; index < timestampsMs.length; index++) {
    steps.push((timestampsMs[index] ?? 0) - (timestampsMs[index - 1] ?? 0));
  }
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** A silence of more than this many intervals is a gap in the line. */
const GAP_INTERVALS = 3;

/**
 * Joins the lines of one answer on time. Where a line falls silent for more than three of its own intervals an empty
 * row is put in, so that the chart breaks the line instead of bridging the silence.
 */
export function toChartRows(series: readonly Series[]): ChartRow[] {
  const rows = new Map<number, ChartRow>();
  const rowAt = (timestampMs: number): ChartRow => {
    const known = rows.get(timestampMs);
    if (known !== undefined) return known;
    const row: ChartRow = { timestampMs };
    rows.set(timestampMs, row);
    return row;
  };
  for (const line of series) {
    const key = lineKey(line.labels);
    const stepMs = medianStepMs(line.timestampsMs);
    line.timestampsMs.forEach((timestampMs, index) => {
      rowAt(timestampMs)[key] = line.values[index] ?? null;
      const nextMs = line.timestampsMs[index + 1];
      if (nextMs !== undefined && stepMs > 0 && nextMs - timestampMs > GAP_INTERVALS * stepMs) {
        rowAt(timestampMs + stepMs)[key] = null;
      }
    });
  }
  return [...rows.values()].sort((a, b) => a.timestampMs - b.timestampMs);
}

/** True where nothing in the answer is a value: the chart says so instead of drawing an empty frame. */
export function isEmptySeries(series: readonly Series[]): boolean {
  return series.every((line) => line.values.every((value) => value === null));
}

/**
 * Adds a port's newest sample to the end of its lines and moves the window along. Where the answer was thinned, a
 * point is added only when one of its longer steps has passed.
 */
export function appendPoint(answer: SeriesAnswer, row: PortRow): SeriesAnswer {
  const { atMs } = row;
  if (atMs === null || atMs <= answer.fromMs) return answer;
  const shiftMs = Math.max(0, atMs - answer.toMs);
  const fromMs = answer.fromMs + shiftMs;
  let grew = false;
  const series = answer.series.map((line) => {
    const lastMs = line.timestampsMs.at(-1);
    const stepMs = medianStepMs(line.timestampsMs);
    if (line.labels.priority !== undefined || (lastMs !== undefined && atMs < lastMs + Math.max(1, stepMs * 0.9)))
      return line;
    grew = true;
    const first = line.timestampsMs.findIndex((timestampMs) => timestampMs >= fromMs);
    const keep = first < 0 ? line.timestampsMs.length : first;
    return {
      ...line,
      timestampsMs: [...line.timestampsMs.slice(keep), atMs],
      values: [...line.values.slice(keep), row.latest[line.labels.field] ?? null],
    };
  });
  return grew ? { series, fromMs, toMs: answer.toMs + shiftMs } : answer;
}
