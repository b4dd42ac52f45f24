import type { HeatCell, OverviewView } from '../../lib/api/types.ts';
import { heatColours } from './heat.ts';

type Heat = OverviewView['heat'];
/** What a cell of the map shows, whichever side of the leaf it stands for. */
export type HeatValue = Pick<HeatCell, 'blockedFraction' | 'port' | 'stale'>;

export function heatKey(leaf: string, spine: string): string {
  return JSON.stringify([leaf, spine]);
}

/** Cells by leaf and spine; the hosts' side of a leaf stands under the spine name "hosts". */
export function indexHeat(heat: Heat): Map<string, HeatValue> {
  const cells = new Map<string, HeatValue>();
  for (const cell of heat.cells) cells.set(heatKey(cell.leaf, cell.spine), cell);
  for (const edge of heat.edges) cells.set(heatKey(edge.leaf, 'hosts'), edge);
  return cells;
}

export interface HeatPaint {
  /** CSS pixels. */
  width: number;
  labelWidth: number;
  cellHeight: number;
  dark: boolean;
  empty: string;
  line: string;
  text: string;
}

/** Draws the whole map; a cell without data, or whose data is old, carries a stroke. */
export function paintHeat(
  context: CanvasRenderingContext2D,
  heat: Heat,
  cells: ReadonlyMap<string, HeatValue>,
  paint: HeatPaint,
): void {
  const columns = [...heat.spines, 'hosts'];
  const cellWidth = (paint.width - paint.labelWidth) / columns.length;
  context.font = '8px sans-serif';
  heat.leaves.forEach((leaf, row) => {
    const y = row * paint.cellHeight;
    context.fillStyle = paint.text;
    if (row % 2 === 0) context.fillText(leaf.slice(0, 14), 0, y + 8);
    columns.forEach((spine, column) => {
      paintCell(context, cells.get(heatKey(leaf, spine)), paint.labelWidth + column * cellWidth, y, cellWidth, paint);
    });
  });
}

function paintCell(
  context: CanvasRenderingContext2D,
  cell: HeatValue | undefined,
  x: number,
  y: number,
  width: number,
  paint: HeatPaint,
): void {
  if (cell === undefined) return;
  const fraction = cell.blockedFraction;
  context.fillStyle = fillOf(fraction, paint);
  context.fillRect(x, y, width - 0.5, paint.cellHeight - 0.5);
  if (fraction !== null && !cell.stale) return;
  context.strokeStyle = paint.line;
  context.beginPath();
  context.moveTo(x, y + paint.cellHeight - 1);
  context.lineTo(x + Math.min(width, paint.cellHeight), y);
  context.stroke();
}

function fillOf(fraction: number | null, paint: HeatPaint): string {
  if (fraction === null || fraction <= 0) return paint.empty;
  const colours = heatColours(fraction);
  return paint.dark ? colours.dark : colours.light;
}
