'use client';

import { useQueries, useQuery } from '@tanstack/react-query';
import type { PortDetail } from '../../../lib/api/types.ts';
import { kindLabel } from '../../_lib/causes.ts';
import { chartLines, chartsFor, prioritiesToDraw } from '../../_lib/port-charts.ts';
import { seriesQuery } from '../../_lib/queries.ts';
import { isEmptySeries, toChartRows } from '../../_lib/series.ts';
import type { TimeRange } from '../../_lib/time-range.ts';
import { ChartPanel } from '../chart-panel.tsx';
import { useNowMs } from '../clock-provider.tsx';
import { Panel } from '../panel.tsx';
import { QueryContent } from '../query-panel.tsx';
import { Empty } from '../states.tsx';

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
  const nowMs = useNowMs();
  const port = { device: detail.device, port: detail.port };
  const request = { port, from: range.from, to: range.to };
  const { charts, missing } = chartsFor(detail.fields);
  const whole = useQuery(seriesQuery({ ...request, fields: charts.flatMap((chart) => chart.fields) }));
  const byPriority = useQueries({
    queries: prioritiesToDraw(detail.priorities).map((drawn) => seriesQuery({ ...request, ...drawn })),
    combine: (results) => results.flatMap((result) => result.data?.series ?? []),
  });
  const spans = detail.incidents
    .filter((incident) => incident.startMs < range.toMs && (incident.endMs ?? nowMs) > range.fromMs)
    .slice(0, 6)
    .map((incident) => ({
      key: incident.id,
      startMs: incident.startMs,
      endMs: incident.endMs ?? nowMs,
      label: kindLabel(incident.kind),
    }));
  const onZoom = (fromMs: number, toMs: number) =>
    setRange({ from: String(Math.round(fromMs)), to: String(Math.round(toMs)) });
  return (
    <QueryContent query={whole} what="The history of this port" skeletonHeight={520}>
      {(answer) => {
        const series = [...answer.series, ...byPriority.filter((line) => !isEmptySeries([line]))];
        return (
          <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
            {charts.map((chart) => {
              const own = series.filter((line) => chart.fields.includes(line.labels.field));
              if (isEmptySeries(own)) {
                return (
                  <Panel key={chart.title} title={chart.title}>
                    <Empty title="No sample in this range.">
                      Choose a longer range, or look at Sources for the target's last error.
                    </Empty>
                  </Panel>
                );
              }
              return (
                <ChartPanel
                  key={chart.title}
                  title={chart.title}
                  unit={chart.unit}
                  rows={toChartRows(own)}
                  lines={chartLines(chart, own)}
                  fromMs={answer.fromMs}
                  toMs={answer.toMs}
                  spans={spans}
                  onZoom={onZoom}
                />
              );
            })}
            {missing.map((chart) => (
              <Panel key={chart.title} title={chart.title}>
                <Empty title="This device does not expose it.">
                  What is not read here can be neither blamed nor cleared.
                </Empty>
              </Panel>
            ))}
          </div>
        );
      }}
    </QueryContent>
  );
}
