'use client';

import { ChartLine as ChartIcon, Table } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { memo, useState } from 'react';
import {
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Scatter,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from 'recharts';
import { formatSeconds } from '../../../lib/format/durations.ts';
import { CAUSE_FAMILIES } from '../../_lib/causes.ts';
import { flagTexts } from '../../_lib/flags.ts';
import { stepHref } from '../../_lib/paths.ts';
import type { StepRow } from '../../_lib/steps.ts';
import { FamilyLegend } from '../family-legend.tsx';
import { MARK_PATHS } from '../mark.tsx';
import { Empty } from '../states.tsx';
import { StepTable } from './step-table.tsx';

const TICK = { fill: 'var(--muted)', fontSize: 11 };
const HEIGHT = 230;
/** recharts draws 400 points at once without a noticeable pause; older steps are a click away. */
const WINDOWS = [200, 400, 1000] as const;

/** Step time against its baseline; each slow step carries the colour and shape of its main cause and leads to its page. */
export const StepChart = memo(UncachedStepChart);

function UncachedStepChart({ job, rows }: { job: string; rows: StepRow[] }) {
  const router = useRouter();
  const [shown, setShown] = useState<number>(WINDOWS[0]);
  const [asTable, setAsTable] = useState(false);
  if (rows.length === 0) return <Empty title="No step of this job has been judged yet." />;
  const visible = rows.slice(-shown);
  const slow = visible.filter((row) => row.slow);
  const Icon = asTable ? ChartIcon : Table;
  const open = (row: StepRow | undefined) => {
    if (row !== undefined) router.push(stepHref(job, row.step));
  };
  return (
    <figure aria-label="Step time">
      <div className="flex flex-wrap items-center gap-1.5">
        {WINDOWS.filter((_size, index) => index === 0 || rows.length > (WINDOWS[index - 1] ?? 0)).map((size) => (
          <button
            key={size}
            type="button"
            className={`button ${shown === size ? 'bg-raised font-medium' : ''}`}
            aria-pressed={shown === size}
            onClick={() => setShown(size)}
          >
            last {Math.min(size, rows.length)}
          </button>
        ))}
        <button
          type="button"
          className="button ml-auto"
          aria-pressed={asTable}
          aria-label="Step times as a table"
          title={asTable ? 'Show the chart' : 'Show as a table'}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon size={14} aria-hidden />
        </button>
      </div>
      {asTable ? (
        <StepTable job={job} rows={visible} height={HEIGHT} />
      ) : (
        <ResponsiveContainer width="100%" height={HEIGHT} initialDimension={{ width: 1200, height: HEIGHT }}>
          <ComposedChart data={visible} margin={{ top: 8, right: 10, bottom: 0, left: 0 }}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="index"
              type="number"
              domain={['dataMin', 'dataMax']}
              tickFormatter={(index: number) => String(rows[index]?.step ?? '')}
              tick={TICK}
              stroke="var(--line-strong)"
              minTickGap={40}
              allowDecimals={false}
            />
            <YAxis
              domain={[0, 'auto']}
              tickFormatter={(value: number) => formatSeconds(value)}
              tick={TICK}
              stroke="var(--line-strong)"
              width={64}
              tickCount={5}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: 'var(--line-strong)' }}
              content={(tip) => <StepTip tip={tip} />}
            />
            <Line
              dataKey="durationSeconds"
              stroke="var(--series-1)"
              strokeWidth={1.3}
              dot={false}
              isAnimationActive={false}
              connectNulls={false}
            />
            <Line
              dataKey="baselineSeconds"
              stroke="var(--muted)"
              strokeDasharray="5 4"
              strokeWidth={1.3}
              dot={false}
              isAnimationActive={false}
              connectNulls={false}
            />
            <Scatter
              data={slow}
              dataKey="durationSeconds"
              isAnimationActive={false}
              shape={(point: unknown) => <SlowMark point={point} />}
              onClick={(point) => open(point.payload as StepRow | undefined)}
              cursor="pointer"
            />
          </ComposedChart>
        </ResponsiveContainer>
      )}
      <figcaption className="flex flex-wrap items-center gap-x-4 text-xs text-muted">
        <span className="mt-1.5 flex items-center gap-1.5">
          <svg width="18" height="6" aria-hidden="true">
            <line x1="0" y1="3" x2="18" y2="3" stroke="var(--series-1)" strokeWidth="2" />
          </svg>
          step time
        </span>
        <span className="mt-1.5 flex items-center gap-1.5">
          <svg width="18" height="6" aria-hidden="true">
            <line x1="0" y1="3" x2="18" y2="3" stroke="var(--muted)" strokeWidth="2" strokeDasharray="5 4" />
          </svg>
          baseline
        </span>
        <span className="mt-1.5">slow by cause:</span>
        <FamilyLegend />
      </figcaption>
    </figure>
  );
}

function SlowMark({ point }: { point: unknown }) {
  const { cx, cy, payload } = point as { cx?: number; cy?: number; payload?: StepRow };
  if (cx === undefined || cy === undefined || payload?.family == null) return <g />;
  const family = CAUSE_FAMILIES[payload.family];
  return (
    <path
      d={MARK_PATHS[family.shape]}
      fill={family.colour}
      fillRule="evenodd"
      stroke="var(--surface)"
      strokeWidth={0.8}
      transform={`translate(${cx - 6} ${cy - 6})`}
      data-step={payload.step}
    />
  );
}

function StepTip({ tip }: { tip: TooltipContentProps }) {
  const row = tip.payload[0]?.payload as StepRow | undefined;
  if (!tip.active || row?.durationSeconds == null) return null;
  return (
    <div className="rounded border border-line-strong bg-surface px-2 py-1 text-xs shadow">
      <p className="font-medium">step {row.step}</p>
      <p>{formatSeconds(row.durationSeconds)}</p>
      {row.baselineSeconds !== null && <p className="text-muted">baseline {formatSeconds(row.baselineSeconds)}</p>}
      {row.family !== null && <p>slow: {CAUSE_FAMILIES[row.family].label}</p>}
      {row.flags.length > 0 && <p className="text-muted">{flagTexts(row.flags).join(', ')}</p>}
    </div>
  );
}
