'use client';

import { Grid3x3, Table } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTheme } from 'next-themes';
import { type KeyboardEvent, memo, type PointerEvent, useCallback, useState } from 'react';
import type { RankMap } from '../../../lib/api/types.ts';
import { formatPlural } from '../../../lib/format/numbers.ts';
import { stepHref } from '../../_lib/paths.ts';
import { cellAt, cellText, mapHeight, moveCell, paintRankMap, type RankCell, rankLayout } from '../../_lib/rank-map.ts';
import { HeatLegend } from '../heat-legend.tsx';
import { ScrollRegion } from '../scroll-region.tsx';
import { Empty } from '../states.tsx';
import { type CanvasLook, useCanvas } from '../use-canvas.ts';
import { LateRankTable } from './late-rank-table.tsx';

/** How late each rank was in each step: a bright row is a slow rank, a bright column a step that hurt them all. */
export const RankMapView = memo(UncachedRankMap);

function UncachedRankMap({ job, map, usualSeconds }: { job: string; map: RankMap; usualSeconds: number }) {
  const [asTable, setAsTable] = useState(false);
  if (map.basis === null) {
    return (
      <Empty
        title="Ranks do not report their own times."
        command="train_step step=1200 time_ms=2345.7 rank=0 host=gpu01"
      >
        With a line per rank, a slow rank can be told from a slow network.
      </Empty>
    );
  }
  const Icon = asTable ? Grid3x3 : Table;
  return (
    <figure aria-label="Lateness of ranks by step">
      <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
        <span>
          {map.allRanks > map.ranks.length && `the ${map.ranks.length} latest of `}
          {formatPlural(map.allRanks, 'rank')}, {formatPlural(map.steps.length, 'step')}, oldest left
        </span>
        <button
          type="button"
          className="button ml-auto text-text"
          aria-pressed={asTable}
          aria-label="Late ranks as a table"
          title={asTable ? 'Show the map' : 'Show as a table'}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon size={14} aria-hidden />
        </button>
      </div>
      {asTable ? (
        <LateRankTable job={job} map={map} usualSeconds={usualSeconds} />
      ) : (
        <RankCanvas job={job} map={map} usualSeconds={usualSeconds} />
      )}
      <figcaption className="text-xs text-muted">
        <HeatLegend missing="no report" />
        <p className="mt-1">
          Share of the usual step that a rank {map.basis === 'compute' ? 'computed' : 'took'} longer than the median
          rank; a bar on top marks a slow step.
          {map.basis === 'duration' &&
            ' Ranks do not report when their compute ends: in lock-step all take as long as the last one.'}
        </p>
      </figcaption>
    </figure>
  );
}

function RankCanvas({ job, map, usualSeconds }: { job: string; map: RankMap; usualSeconds: number }) {
  const router = useRouter();
  const { resolvedTheme } = useTheme();
  const [chosen, setChosen] = useState<RankCell | null>(null);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, { width, height, dark, colour }: CanvasLook) => {
      context.clearRect(0, 0, width, height);
      paintRankMap(context, map, {
        ...rankLayout(map.ranks.length, map.steps.length, width),
        usualSeconds,
        dark,
        empty: colour('--heat-empty'),
        line: colour('--line-strong'),
        text: colour('--muted'),
        slow: colour('--warning'),
        accent: colour('--accent'),
        chosen,
      });
    },
    [map, usualSeconds, chosen],
  );
  const height = mapHeight(map.ranks.length);
  const { ref, width } = useCanvas(height, resolvedTheme === 'dark', draw);
  const layout = rankLayout(map.ranks.length, map.steps.length, width);
  const open = (cell: RankCell | null) => {
    const step = cell === null ? undefined : map.steps[cell.column];
    if (step !== undefined) router.push(stepHref(job, step.step));
  };
  const locate = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt(map, layout, event.clientX - box.left, event.clientY - box.top);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return open(chosen);
    const from = chosen ?? { row: 0, column: map.steps.length - 1 };
    const next = moveCell(map, from, event.key);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setChosen(chosen === null ? from : next);
  };
  const text = chosen === null ? '' : cellText(map, chosen);
  return (
    <>
      <ScrollRegion label="Map of ranks and steps" className="max-h-[60vh] overflow-auto">
        <div
          // A map is no list or table: the arrow keys move over its cells and the line below says what is there.
          role="application"
          aria-label={`Map of ${map.ranks.length} ranks and ${map.steps.length} steps: arrow keys move, Enter opens the step`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the arrow keys
          tabIndex={0}
          data-testid="rank-map"
          className="min-w-[32rem]"
          onKeyDown={onKeyDown}
          onPointerMove={(event) => setChosen(locate(event))}
          onPointerLeave={() => setChosen(null)}
          onPointerUp={(event) => open(locate(event))}
        >
          <canvas ref={ref} style={{ display: 'block', width: '100%', height }} aria-hidden />
        </div>
      </ScrollRegion>
      <p className="h-5 text-xs" role="status" data-testid="rank-cell">
        {text}
      </p>
    </>
  );
}
