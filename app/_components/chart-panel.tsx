'use client';

import { ChartLine as ChartIcon, Table } from 'lucide-react';
import { memo, useState } from 'react';
import { formatClock } from '../../lib/format/times.ts';
import { formatUnit } from '../../lib/format/values.ts';
import { useTimeZone } from './clock-provider.tsx';
import { Panel } from './panel.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { TimeChart, type TimeChartProps } from './time-chart.tsx';

/** A chart in its box, and the same numbers as a table for whoever wants to read them. */
export const ChartPanel = memo(UncachedChartPanel);

function UncachedChartPanel({ note, ...chart }: TimeChartProps & { note?: string }) {
  const [asTable, setAsTable] = useState(false);
  const Icon = asTable ? ChartIcon : Table;
  return (
    <Panel
      title={chart.title}
      note={note}
      actions={
        <button
          type="button"
          className="button"
          aria-pressed={asTable}
          aria-label={`${chart.title} as a table`}
          title={asTable ? 'Show the chart' : 'Show as a table'}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon size={14} aria-hidden />
        </button>
      }
    >
      {asTable ? <ChartTable chart={chart} /> : <TimeChart {...chart} />}
    </Panel>
  );
}

function ChartTable({ chart }: { chart: TimeChartProps }) {
  const zone = useTimeZone();
  const newestFirst = chart.rows.toReversed();
  return (
    <ScrollRegion className="overflow-auto" style={{ height: (chart.height ?? 150) + 16 }} label={chart.title}>
      <table className="w-full text-right text-xs">
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th scope="col" className="text-left">
              time
            </th>
            {chart.lines.map((line) => (
              <th key={line.key} scope="col" className="pl-3">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((row) => (
            <tr key={row.timestampMs} className="border-t border-line">
              <th scope="row" className="text-left font-normal">
                {formatClock(row.timestampMs, zone)}
              </th>
              {chart.lines.map((line) => (
                <td key={line.key} className="pl-3">
                  {formatUnit(row[line.key], chart.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
