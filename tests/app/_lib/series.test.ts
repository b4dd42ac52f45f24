import { describe, expect, it } from 'vitest';
import { chartLines, chartsFor, prioritiesToDraw } from '../../../app/_lib/port-charts.ts';
import { appendPoint, isEmptySeries, toChartRows } from '../../../app/_lib/series.ts';
import type { SeriesAnswer } from '../../../lib/api/types.ts';
import type { SampleField } from '../../../lib/samples/fields.ts';
import { portRow } from './fixtures.ts';

function line(
  field: SampleField,
  timestampsMs: number[],
  values: (number | null)[],
  priority?: number,
): SeriesAnswer['series'][number] {
  const labels = { device: 'leaf1', port: 'e1', field, ...(priority === undefined ? {} : { priority }) };
  return { labels, unit: '', timestampsMs, values };
}

describe('lines of a chart', () => {
  it('keeps a missing value a gap and a zero a zero', () => {
    const rows = toChartRows([line('dropsPerSec', [1000, 2000, 3000], [0, null, 4])]);
    expect(rows.map((row) => row.dropsPerSec)).toEqual([0, null, 4]);
  });

  it('breaks the line where a port fell silent for more than three intervals', () => {
    const rows = toChartRows([line('dropsPerSec', [1000, 2000, 3000, 9000, 10_000], [1, 1, 1, 1, 1])]);
    expect(rows.map((row) => [row.timestampMs, row.dropsPerSec])).toEqual([
      [1000, 1],
      [2000, 1],
      [3000, 1],
      [4000, null],
      [9000, 1],
      [10_000, 1],
    ]);
  });

  it('bridges one missed poll', () => {
    const rows = toChartRows([line('dropsPerSec', [1000, 2000, 4000, 5000], [1, 1, 1, 1])]);
    expect(rows).toHaveLength(4);
  });

  it('joins lines on time and tells priorities apart', () => {
    const rows = toChartRows([
      line('rxPauseFraction', [1000, 2000], [0.1, 0.2]),
      line('rxPauseFraction', [2000], [0.3], 3),
    ]);
    expect(rows).toEqual([
      { timestampMs: 1000, rxPauseFraction: 0.1 },
      { timestampMs: 2000, rxPauseFraction: 0.2, 'rxPauseFraction:3': 0.3 },
    ]);
  });

  it('says when there is nothing to draw', () => {
    expect(isEmptySeries([])).toBe(true);
    expect(isEmptySeries([line('dropsPerSec', [1], [null])])).toBe(true);
    expect(isEmptySeries([line('dropsPerSec', [1], [0])])).toBe(false);
  });

  it('does not add a point twice, nor between the steps of a thinned line', () => {
    const answer: SeriesAnswer = {
      fromMs: 0,
      toMs: 20_000,
      series: [line('dropsPerSec', [0, 10_000, 20_000], [0, 0, 0])],
    };
    expect(appendPoint(answer, portRow('leaf1', 'e1', { atMs: 20_000 }))).toBe(answer);
    expect(appendPoint(answer, portRow('leaf1', 'e1', { atMs: 25_000 }))).toBe(answer);
    expect(appendPoint(answer, portRow('leaf1', 'e1', { atMs: null }))).toBe(answer);
    const grown = appendPoint(answer, portRow('leaf1', 'e1', { atMs: 30_000, latest: {} }));
    expect(grown.series[0]?.values).toEqual([0, 0, null]);
    expect(grown.series[0]?.timestampsMs).toEqual([10_000, 20_000, 30_000]);
  });
});

describe('charts of a port', () => {
  it('draws only what the device gives and names what an operator would miss', () => {
    const { charts, missing } = chartsFor(['rxPauseFraction', 'rxUtilFraction']);
    expect(charts.map((chart) => chart.title)).toEqual(['Pause', 'Utilisation']);
    expect(charts[0]?.fields).toEqual(['rxPauseFraction']);
    expect(missing.map((chart) => chart.title)).toEqual(['ECN and CNP', 'Queue', 'Drops']);
  });

  it('draws the most paused priorities, with the fields each one gives', () => {
    const latest = (rxPauseFraction: number) => ({ rxPauseFraction, rxUtilFraction: 1 });
    expect(
      prioritiesToDraw([
        { priority: 0, latest: {} },
        { priority: 1, latest: latest(0) },
        { priority: 2, latest: latest(0.1) },
        { priority: 4, latest: latest(0.2) },
        { priority: 3, latest: { txPauseFraction: 0.9 } },
      ]),
    ).toEqual([
      { priority: 2, fields: ['rxPauseFraction'] },
      { priority: 3, fields: ['txPauseFraction'] },
      { priority: 4, fields: ['rxPauseFraction'] },
    ]);
  });

  it('draws at most eight lines, the whole port before its priorities', () => {
    const [pause] = chartsFor(['rxPauseFraction', 'txPauseFraction']).charts;
    const series = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((priority) => [
      line('txPauseFraction', [1], [0.1], priority),
      line('rxPauseFraction', [1], [0.1], priority),
    ]);
    const lines = chartLines(pause!, [...series, line('rxPauseFraction', [1], [0])]);
    expect(lines).toHaveLength(8);
    expect(lines[0]?.key).toBe('rxPauseFraction');
    expect(lines[1]?.key).toBe('rxPauseFraction:0');
    expect(new Set(lines.map((item) => item.dash)).size).toBe(8);
  });

  it('draws no priority that never left zero, unless none did', () => {
    const [pause] = chartsFor(['rxPauseFraction']).charts;
    const idle = line('rxPauseFraction', [1, 2], [0, null], 0);
    const keys = (series: SeriesAnswer['series']) => chartLines(pause!, series).map(({ key }) => key);
    expect(keys([idle, line('rxPauseFraction', [1, 2], [0, 0.4], 3)])).toEqual(['rxPauseFraction:3']);
    expect(keys([idle])).toEqual(['rxPauseFraction:0']);
  });
});
