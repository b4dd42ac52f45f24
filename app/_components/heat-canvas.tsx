'use client';

import { useRouter } from 'next/navigation';
import { useTheme } from 'next-themes';
import { useCallback, useMemo, useState } from 'react';
import type { OverviewView } from '../../lib/api/types.ts';
import { formatFraction } from '../../lib/format/numbers.ts';
import { heatKey, indexHeat, paintHeat } from '../_lib/paint-heat.ts';
import { portHref, portName } from '../_lib/paths.ts';
import { HeatLegend } from './heat-legend.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { type CanvasLook, useCanvas } from './use-canvas.ts';

const LABEL_WIDTH = 72;
const CELL_HEIGHT = 9;

/** The map of a large fabric, drawn in one pass: 500 leaves x 64 spines stay under a frame or two. */
export function HeatCanvas({ heat }: { heat: OverviewView['heat'] }) {
  const router = useRouter();
  const { resolvedTheme } = useTheme();
  const [hover, setHover] = useState<string>('');
  const columns = heat.spines.length + 1;
  const byKey = useMemo(() => indexHeat(heat), [heat]);
  const cellAt = (row: number, column: number) =>
    byKey.get(heatKey(heat.leaves[row] ?? '', heat.spines[column] ?? 'hosts'));

  const draw = useCallback(
    (context: CanvasRenderingContext2D, { width, height, dark, colour }: CanvasLook) => {
      context.clearRect(0, 0, width, height);
      paintHeat(context, heat, byKey, {
        width,
        labelWidth: LABEL_WIDTH,
        cellHeight: CELL_HEIGHT,
        dark,
        empty: colour('--heat-empty'),
        line: colour('--line-strong'),
        text: colour('--muted'),
      });
    },
    [heat, byKey],
  );
  const { ref } = useCanvas(heat.leaves.length * CELL_HEIGHT, resolvedTheme === 'dark', draw);

  const locate = (event: React.MouseEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left - LABEL_WIDTH) / (box.width - LABEL_WIDTH)) * columns);
    return { row: Math.floor((event.clientY - box.top) / CELL_HEIGHT), column };
  };
  return (
    <div>
      <ScrollRegion className="max-h-[60vh] overflow-auto" label="Blocked time between leaves and spines">
        <canvas
          ref={ref}
          role="img"
          aria-label={`Map of ${heat.leaves.length} leaves and ${heat.spines.length} spines; the worst links are listed under Top ports`}
          style={{ width: '100%', height: heat.leaves.length * CELL_HEIGHT }}
          onMouseMove={(event) => {
            const { row, column } = locate(event);
            const cell = cellAt(row, column);
            const leaf = heat.leaves[row] ?? '';
            const value = cell?.blockedFraction ?? null;
            const behind = cell?.port ? ` at ${portName(cell.port)}` : '';
            setHover(
              `${leaf} to ${heat.spines[column] ?? 'hosts'}: ${value === null ? 'no data' : formatFraction(value)}${behind}`,
            );
          }}
          onMouseLeave={() => setHover('')}
          onClick={(event) => {
            const { row, column } = locate(event);
            const port = cellAt(row, column)?.port;
            if (port) router.push(portHref(port));
          }}
        />
      </ScrollRegion>
      <p className="h-5 text-xs text-muted">{hover}</p>
      <HeatLegend />
    </div>
  );
}
