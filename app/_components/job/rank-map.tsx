'use client';

import { Grid3x3, Table } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { memo, useMemo, useState } from 'react';
import type { RankMap } from '../../../lib/api/types.ts';
import { formatPlural } from '../../../lib/format/numbers.ts';
import { stepHref } from '../../_lib/paths.ts';
import { cellText, lateShare } from '../../_lib/rank-map.ts';
import { GridMap, type GridSource } from '../grid-map.tsx';
import { HeatLegend } from '../heat-legend.tsx';
import { Empty } from '../states.tsx';
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
  const source = useMemo<GridSource>(
    () => ({
      rows: map.ranks.length,
      columns: map.steps.length,
      labelOf: (row) => `${map.ranks[row]?.rank ?? ''} ${map.ranks[row]?.host ?? ''}`,
      valueOf: (row, column) => ({ share: lateShare(map, { row, column }, usualSeconds) }),
      marked: (column) => map.steps[column]?.slow === true,
      textOf: (cell) => cellText(map, cell),
    }),
    [map, usualSeconds],
  );
  return (
    <GridMap
      source={source}
      label="Map of ranks and steps"
      opens="the step"
      testId="rank-map"
      onOpen={({ column }) => {
        const step = map.steps[column];
        if (step !== undefined) router.push(stepHref(job, step.step));
      }}
    />
  );
}
