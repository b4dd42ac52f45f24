'use client';

import { memo, useState } from 'react';
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from 'recharts';
import { formatClock } from '../../lib/format/times.ts';
import { formatAxisValue, formatUnit } from '../../lib/format/values.ts';
import type { FieldUnit } from '../../lib/units/fields.ts';
import type { ChartRow } from '../_lib/series.ts';
import { useTimeZone } from './clock-provider.tsx';

/** One line of a chart. Dash patterns tell lines apart without colour. */
export interface ChartLine {
  key: string;
  label: string;
  colour: string;
  dash?: string;
}

/** A stretch of time to shade: an incident, a restart. */
export interface ChartSpan {
  key: string;
  startMs: number;
  endMs: number;
  label: string;
}

export interface TimeChartProps {
  /** What the chart shows, for people who cannot see it. */
  title: string;
  rows: ChartRow[];
  lines: ChartLine[];
  unit: FieldUnit;
  fromMs: number;
  toMs: number;
  spans?: ChartSpan[];
  height?: number;
  /** A range drawn with the mouse. */
  onZoom?: (fromMs: number, toMs: number) => void;
}

const TICK = { fill: 'var(--muted)', fontSize: 11 };

/** Lines over time on one unit. A missing value is a gap. Charts of one page share the cursor. */
function UncachedTimeChart(props: TimeChartProps) {
  const { title, rows, lines, unit, fromMs, toMs, height = 150, onZoom } = props;
  const spans = (props.spans ?? []).filter((span) => span.startMs < toMs && span.endMs > fromMs);
  const zone = useTimeZone();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const at = (label: string | number | undefined) => (label === undefined ? null : Number(label));
  const finish = () => {
    if (drag !== null && onZoom !== undefined && Math.abs(drag.to - drag.from) > 2000) {
      onZoom(Math.min(drag.from, drag.to), Math.max(drag.from, drag.to));
    }
    setDrag(null);
  };
  return (
    <figure aria-label={title} className="select-none">
      <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 600, height }}>
        <LineChart
          data={rows}
          syncId="page"
          syncMethod="value"
          margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
          onMouseDown={(state) => {
            const from = at(state.activeLabel);
            if (from !== null && onZoom !== undefined) setDrag({ from, to: from });
          }}
          onMouseMove={(state) => {
            const to = at(state.activeLabel);
            if (drag !== null && to !== null) setDrag({ ...drag, to });
          }}
          onMouseUp={finish}
          onMouseLeave={() => setDrag(null)}
        >
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="timestampMs"
            type="number"
            domain={[fromMs, toMs]}
            allowDataOverflow
            tickFormatter={(value: number) => formatClock(value, zone).slice(0, toMs - fromMs > 600_000 ? 5 : 8)}
            tick={TICK}
            stroke="var(--line-strong)"
            minTickGap={48}
          />
          <YAxis
            domain={[0, topOf(rows, lines, unit)]}
            tickFormatter={(value: number) => formatAxisValue(value, unit)}
            tick={TICK}
            stroke="var(--line-strong)"
            width={74}
            tickCount={4}
          />
          {spans.map((span) => (
            <ReferenceArea
              key={span.key}
              x1={Math.max(span.startMs, fromMs)}
              x2={Math.min(span.endMs, toMs)}
              fill="var(--warning)"
              fillOpacity={0.12}
              stroke="var(--warning)"
              strokeOpacity={0.5}
              strokeDasharray="3 3"
              ifOverflow="hidden"
            />
          ))}
          {drag !== null && <ReferenceArea x1={drag.from} x2={drag.to} fill="var(--accent)" fillOpacity={0.2} />}
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--line-strong)' }}
            content={(tip) => <ChartTip tip={tip} unit={unit} />}
          />
          {lines.map((line) => (
            <Line
              key={line.key}
              dataKey={line.key}
              name={line.label}
              stroke={line.colour}
              strokeWidth={1.6}
              {...(line.dash === undefined ? {} : { strokeDasharray: line.dash })}
              dot={false}
              connectNulls={false}
              isAnimationActive={false}
              type="linear"
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
      <figcaption className="flex flex-wrap gap-x-4 pl-2 text-xs text-muted">
        {lines.map((line) => (
          <span key={line.key} className="inline-flex items-center gap-1.5">
            <svg width="18" height="6" aria-hidden="true">
              <line x1="0" y1="3" x2="18" y2="3" stroke={line.colour} strokeWidth="2" strokeDasharray={line.dash} />
            </svg>
            {line.label}
          </span>
        ))}
        {spans.length > 0 && <span>shaded: {spans.map((span) => span.label).join(', ')}</span>}
      </figcaption>
    </figure>
  );
}

/** Drawn again only when its own data changes: the page around it moves every second. */
export const TimeChart = memo(UncachedTimeChart);

/** A scale with whole ends where the values would choose a foolish one: nothing but zeros, or shares near all. */
function topOf(rows: readonly ChartRow[], lines: readonly ChartLine[], unit: FieldUnit): number | 'auto' {
  let largest = 0;
  for (const row of rows) {
    for (const { key } of lines) largest = Math.max(largest, row[key] ?? 0);
  }
  if (largest === 0) return 1;
  return unit === 'fraction' && largest > 0.7 && largest <= 1 ? 1 : 'auto';
}

function ChartTip({ tip, unit }: { tip: TooltipContentProps; unit: FieldUnit }) {
  const zone = useTimeZone();
  if (!tip.active || tip.payload.length === 0) return null;
  return (
    <div className="rounded border border-line-strong bg-surface px-2 py-1 text-xs shadow">
      <p className="text-muted">{formatClock(Number(tip.label), zone)}</p>
      {tip.payload.map((entry) => (
        <p key={String(entry.dataKey)} className="flex gap-3">
          <span style={{ color: entry.color }}>{entry.name}</span>
          <span className="ml-auto font-medium">
            {formatUnit(typeof entry.value === 'number' ? entry.value : null, unit)}
          </span>
        </p>
      ))}
    </div>
  );
}
