'use client';

import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import type { HeatCell, OverviewView } from '../../lib/api/types.ts';
import { formatFraction, markBound } from '../../lib/format/numbers.ts';
import { portHref, portName } from '../_lib/paths.ts';
import { GridMap, type GridSource } from './grid-map.tsx';
import { HeatLegend } from './heat-legend.tsx';

type Heat = OverviewView['heat'];
type HeatValue = Pick<HeatCell, 'blockedFraction' | 'bounded' | 'port' | 'stale'>;

/** The leaf x spine map of a large fabric; the last column is the hosts' side of each leaf. */
export function HeatCanvas({ heat }: { heat: Heat }) {
  const router = useRouter();
  const cellOf = useMemo(() => indexHeat(heat), [heat]);
  const source = useMemo<GridSource>(
    () => ({
      rows: heat.leaves.length,
      columns: heat.spines.length + 1,
      labelOf: (row) => heat.leaves[row] ?? '',
      valueOf: (row, column) => {
        const cell = cellOf(row, column);
        return cell && { share: cell.blockedFraction, old: cell.stale };
      },
      marked: () => false,
      textOf: ({ row, column }) => {
        const cell = cellOf(row, column);
        const value = cell?.blockedFraction ?? null;
        const behind = cell?.port ? ` at ${portName(cell.port)}` : '';
        const between = `${heat.leaves[row]} to ${heat.spines[column] ?? 'hosts'}`;
        if (cell === undefined) return `${between}: no link`;
        return `${between}: ${value === null ? 'no data' : markBound(formatFraction(value), cell.bounded && value > 0)}${behind}${cell.stale ? ', old' : ''}`;
      },
    }),
    [heat, cellOf],
  );
  return (
    <div>
      <GridMap
        source={source}
        label="Blocked time between leaves and spines"
        opens="the port"
        testId="heat-map"
        onOpen={({ row, column }) => {
          const port = cellOf(row, column)?.port;
          if (port) router.push(portHref(port));
        }}
      />
      <HeatLegend />
    </div>
  );
}

/** Cells by row and column; the column past the spines is the hosts' side of a leaf. */
function indexHeat(heat: Heat): (row: number, column: number) => HeatValue | undefined {
  const key = (leaf: string | undefined, spine: string | null) => JSON.stringify([leaf, spine]);
  const cells = new Map<string, HeatValue>();
  for (const cell of heat.cells) cells.set(key(cell.leaf, cell.spine), cell);
  for (const edge of heat.edges) cells.set(key(edge.leaf, null), edge);
  const table = heat.leaves.map((leaf) => [...heat.spines, null].map((spine) => cells.get(key(leaf, spine))));
  return (row, column) => table[row]?.[column];
}
