'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import type { SampleField } from '../../../lib/samples/fields.ts';
import { kindLabel } from '../../_lib/causes.ts';
import { chartLines, PORT_CHARTS } from '../../_lib/port-charts.ts';
import { seriesQuery } from '../../_lib/queries.ts';
import { isEmptySeries, toChartRows } from '../../_lib/series.ts';
import { ChartPanel } from '../chart-panel.tsx';
import { useNowMs } from '../clock-provider.tsx';
import { Panel } from '../panel.tsx';
import { QueryContent } from '../query-panel.tsx';
import { Empty } from '../states.tsx';

/** Time shown around the incident, ms, and the finest step its range moves in while it is open. */
const MARGIN_MS = 120_000;
const RANGE_STEP_MS = 10_000;
const SHOWN = PORT_CHARTS.filter((chart) => ['Pause', 'Utilisation', 'ECN mark share'].includes(chart.title));
const FIELDS: SampleField[] = SHOWN.flatMap((chart) => chart.fields);

/** What the root port itself did, before, during and after. */
export function RootChart({ incident }: { incident: Incident }) {
  const nowMs = useNowMs();
  const port = { device: incident.rootDevice, port: incident.rootPort };
  const endMs = incident.endMs ?? nowMs;
  const toMs = Math.min(endMs + MARGIN_MS, nowMs);
  const roundUp = (timestampMs: number) => Math.ceil(timestampMs / RANGE_STEP_MS) * RANGE_STEP_MS;
  const query = useQuery(
    seriesQuery({
      port,
      fields: FIELDS,
      from: String(Math.floor(incident.startMs) - MARGIN_MS),
      to: String(roundUp(toMs)),
    }),
  );
  const spans = useMemo(
    () => [
      {
        key: incident.id,
        startMs: incident.startMs,
        endMs: incident.endMs ?? Number.POSITIVE_INFINITY,
        label: kindLabel(incident.kind),
      },
    ],
    [incident.id, incident.startMs, incident.endMs, incident.kind],
  );
  const series = query.data?.series;
  const drawn = useMemo(
    () =>
      SHOWN.map((chart) => ({
        chart,
        own: (series ?? []).filter((line) => chart.fields.includes(line.labels.field)),
      }))
        .filter(({ own }) => !isEmptySeries(own))
        .map(({ chart, own }) => ({ chart, rows: toChartRows(own), lines: chartLines(chart, own) })),
    [series],
  );
  return (
    <QueryContent query={query} what="The history of the root port" skeletonHeight={420}>
      {(answer) => (
        <>
          {drawn.length === 0 && (
            <Panel title="Root port">
              <Empty title="No sample of the root port is kept for this time." />
            </Panel>
          )}
          {drawn.map(({ chart, rows, lines }) => (
            <ChartPanel
              key={chart.title}
              title={`${chart.title} at the root`}
              unit={chart.unit}
              rows={rows}
              lines={lines}
              fromMs={answer.fromMs}
              toMs={answer.toMs}
              spans={spans}
              height={120}
            />
          ))}
        </>
      )}
    </QueryContent>
  );
}
