'use client';

import { useTheme } from 'next-themes';
import { type KeyboardEvent, type PointerEvent, useCallback, useState } from 'react';
import {
  cellAt,
  type GridCell,
  type GridValue,
  gridHeight,
  gridLayout,
  moveCell,
  paintGrid,
} from '../_lib/grid-map.ts';
import { ScrollRegion } from './scroll-region.tsx';
import { type CanvasLook, useCanvas } from './use-canvas.ts';

/** What a map shows. It must keep its identity while nothing has changed: a new one is drawn. */
export interface GridSource {
  rows: number;
  columns: number;
  labelOf: (row: number) => string;
  /** undefined = there is no such cell. */
  valueOf: (row: number, column: number) => GridValue | undefined;
  marked: (column: number) => boolean;
  /** A cell in words. */
  textOf: (cell: GridCell) => string;
}

/**
 * A map of many cells on a canvas, by pointer and by keyboard: arrow keys move, Enter opens, and the line below says
 * what is there.
 */
export function GridMap({
  source,
  label,
  opens,
  onOpen,
  testId,
}: {
  source: GridSource;
  label: string;
  /** What Enter or a click opens: "the step". */
  opens: string;
  onOpen: (cell: GridCell) => void;
  testId: string;
}) {
  const { resolvedTheme } = useTheme();
  const [chosen, setChosen] = useState<GridCell | null>(null);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, { width, height, dark, colour }: CanvasLook) => {
      context.clearRect(0, 0, width, height);
      paintGrid(context, {
        ...source,
        ...gridLayout(source, width),
        chosen,
        dark,
        empty: colour('--heat-empty'),
        line: colour('--line-strong'),
        text: colour('--muted'),
        mark: colour('--warning'),
        accent: colour('--accent'),
      });
    },
    [source, chosen],
  );
  const height = gridHeight(source);
  const { ref, width } = useCanvas(height, resolvedTheme === 'dark', draw);
  const locate = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt(source, gridLayout(source, width), event.clientX - box.left, event.clientY - box.top);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && chosen !== null) return onOpen(chosen);
    const from = chosen ?? { row: 0, column: source.columns - 1 };
    const next = moveCell(source, from, event.key);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setChosen(chosen === null ? from : next);
  };
  return (
    <>
      <ScrollRegion label={label} className="max-h-[60vh] overflow-auto">
        <div
          // A map is no list or table: the arrow keys move over its cells and the line below says what is there.
          role="application"
          aria-label={`${label}, ${source.rows} by ${source.columns}: arrow keys move, Enter opens ${opens}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the arrow keys
          tabIndex={0}
          data-testid={testId}
          className="min-w-[32rem]"
          onKeyDown={onKeyDown}
          onPointerMove={(event) => setChosen(locate(event))}
          onPointerLeave={() => setChosen(null)}
          onPointerUp={(event) => {
            const cell = locate(event);
            if (cell !== null) onOpen(cell);
          }}
        >
          <canvas ref={ref} style={{ display: 'block', width: '100%', height }} aria-hidden />
        </div>
      </ScrollRegion>
      <p className="min-h-5 text-xs" role="status" data-testid={`${testId}-cell`}>
        {chosen === null ? '' : source.textOf(chosen)}
      </p>
    </>
  );
}
