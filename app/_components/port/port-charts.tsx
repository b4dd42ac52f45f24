'use client';

import { useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { PortDetail, SeriesAnswer } from '../../../lib/api/types.ts';
import { kindLabel } from '../../_lib/causes.ts';
import { chartLines, chartsFor, type PortChart, prioritiesToDraw } from '../../_lib/port-charts.ts';
import { seriesQuery } from '../../_lib/queries.ts';
import { isEmptySeries, toChartRows } from '../../_lib/series.ts';
import type { TimeRange } from '../../_lib/time-range.ts';
import { ChartPanel } from '../chart-panel.tsx';
import { Panel } from '../panel.tsx';
import { QueryContent } from '../query-panel.tsx';
import { Empty } from '../states.tsx';
import type { ChartSpan } from '../time-chart.tsx';

/** Incidents shaded at most: more would paint the whole chart. */
const MOST_SPANS = 6;

/** Every chart of a port on one time axis; what the device does not give is said, not drawn as zero. */
export function PortCharts({
  detail,
  range,
  setRange,
}: {
  detail: PortDetail;
  range: TimeRange;
  setRange: (range: { from: string; to: string }) => void;
}) {
  const port = { device: detail.device, port: detail.port };
  const request = { port, from: range.from, to: range.to };
  const { charts, missing } = useMemo(() => chartsFor(detail.fields), [detail.fields]);
  const whole = useQuery(seriesQuery({ ...request, fields: charts.flatMap((chart) => chart.fields) }));
  const byPriority = useQueries({
    queries: prioritiesToDraw(detail.priorities).map((drawn) => seriesQuery({ ...request, ...drawn })),
    combine: combineSeries,
  });
  const spans = useMemo(() => incidentSpans(detail.incidents), [detail.incidents]);
  const onZoom = useCallback(
    (fromMs: number, toMs: number) => setRange({ from: String(Math.round(fromMs)), to: String(Math.round(toMs)) }),
    [setRange],
  );
  return (
    <QueryContent query={whole} what="The history of this port" skeletonHeight={520}>
      {(answer) => (
        <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
          {charts.map((chart) => (
            <OneChart
              key={chart.title}
              chart={chart}
              answer={answer}
              byPriority={byPriority}
              spans={spans}
              onZoom={onZoom}
            />
          ))}
          {missing.map((chart) => (
            <Panel key={chart.title} title={chart.title}>
              <Empty title="This device does not expose it.">
                What is not read here can be neither blamed nor cleared.
              </Empty>
            </Panel>
          ))}
        </div>
      )}
    </QueryContent>
  );
}

function combineSeries(results: { data?: SeriesAnswer | null | undefined }[]): SeriesAnswer['series'] {
  return results.flatMap((result) => result.data?.series ?? []);
}

/** An open incident has no end yet: its shade runs to the end of the chart. */
function incidentSpans(incidents: PortDetail['incidents']): ChartSpan[] {
  return incidents.slice(0, MOST_SPANS).map((incident) => ({
    key: incident.id,
    startMs: incident.startMs,
    endMs: incident.endMs ?? Number.POSITIVE_INFINITY,
    label: kindLabel(incident.kind),
  }));
}

function OneChart({
  chart,
  answer,
  byPriority,
  spans,
  onZoom,
}: {
  chart: PortChart;
  answer: SeriesAnswer;
  byPriority: SeriesAnswer['series'];
  spans: ChartSpan[];
  onZoom: (fromMs: number, toMs: number) => void;
}) {
  const drawn = useMemo(() => {
    const ofPriorities = byPriority.filter((line) => !isEmptySeries([line]));
    const own = [...answer.series, ...ofPriorities].filter((line) => chart.fields.includes(line.labels.field));
    return isEmptySeries(own) ? null : { rows: toChartRows(own), lines: chartLines(chart, own) };
  }, [chart, answer, byPriority]);
  if (drawn === null) {
    return (
      <Panel title={chart.title}>
        <Empty title="No sample in this range.">
          Choose a longer range, or look at Sources for the target's last error.
        </Empty>
      </Panel>
    );
  }
  return (
    <ChartPanel
      title={chart.title}
      unit={chart.unit}
      rows={drawn.rows}
      lines={drawn.lines}
      fromMs={answer.fromMs}
      toMs={answer.toMs}
      spans={spans}
      onZoom={onZoom}
    />
  );
}
