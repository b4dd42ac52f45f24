import { heatColours } from './heat.ts';

/** A cell of a map: its row and its column. */
export interface GridCell {
  row: number;
  column: number;
}

export interface GridShape {
  rows: number;
  columns: number;
}

/** What a cell shows. `share` on the fixed scale of heat maps, null = no data; `old` = not of now. */
export interface GridValue {
  share: number | null;
  old?: boolean;
}

/** Where things lie on the canvas, CSS pixels. */
export interface GridLayout {
  labelWidth: number;
  headHeight: number;
  cellWidth: number;
  cellHeight: number;
}

/** Rows shrink with their number: 256 of them still fit two screens. */
export function gridLayout({ rows, columns }: GridShape, width: number): GridLayout {
  const labelWidth = 92;
  const cellHeight = rows <= 24 ? 14 : rows <= 64 ? 9 : 5;
  return {
    labelWidth,
    headHeight: 12,
    cellWidth: Math.max(1, (width - labelWidth) / Math.max(1, columns)),
    cellHeight,
  };
}

export function gridHeight(shape: GridShape): number {
  const { headHeight, cellHeight } = gridLayout(shape, 0);
  return headHeight + shape.rows * cellHeight;
}

/** The cell at a place of the canvas, or null beside the map. */
export function cellAt(shape: GridShape, layout: GridLayout, x: number, y: number): GridCell | null {
  const column = Math.floor((x - layout.labelWidth) / layout.cellWidth);
  const row = Math.floor((y - layout.headHeight) / layout.cellHeight);
  const inside = column >= 0 && column < shape.columns && row >= 0 && row < shape.rows;
  return inside ? { row, column } : null;
}

/** Where an arrow key leads; Home and End go to the first and last column. Null for any other key. */
export function moveCell(shape: GridShape, { row, column }: GridCell, key: string): GridCell | null {
  switch (key) {
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(shape.columns - 1, column + 1) };
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(shape.rows - 1, row + 1), column };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: shape.columns - 1 };
    default:
      return null;
  }
}

export interface GridPaint extends GridLayout, GridShape {
  labelOf: (row: number) => string;
  /** undefined = there is no such cell. */
  valueOf: (row: number, column: number) => GridValue | undefined;
  /** Columns that carry a bar on top. */
  marked: (column: number) => boolean;
  chosen: GridCell | null;
  dark: boolean;
  empty: string;
  line: string;
  text: string;
  mark: string;
  accent: string;
}

/** Draws a whole map in one pass: 500 x 64 cells stay under a frame or two. */
export function paintGrid(context: CanvasRenderingContext2D, paint: GridPaint): void {
  const { labelWidth, headHeight, cellWidth, cellHeight, rows, columns } = paint;
  const gap = cellWidth > 3 ? 0.5 : 0;
  context.font = '11px sans-serif';
  context.textBaseline = 'middle';
  const labelEvery = Math.ceil(12 / cellHeight);
  for (let row = 0; row < rows; row++) {
    const y = headHeight + row * cellHeight;
    if (row % labelEvery === 0) {
      context.fillStyle = paint.text;
      context.fillText(paint.labelOf(row).slice(0, 14), 0, y + cellHeight / 2, labelWidth - 6);
    }
    for (let column = 0; column < columns; column++) {
      const value = paint.valueOf(row, column);
      if (value !== undefined) paintCell(context, value, labelWidth + column * cellWidth, y, cellWidth - gap, paint);
    }
  }
  context.fillStyle = paint.mark;
  for (let column = 0; column < columns; column++) {
    if (paint.marked(column)) context.fillRect(labelWidth + column * cellWidth, 3, Math.max(1.5, cellWidth - gap), 6);
  }
  if (paint.chosen === null) return;
  const { row, column } = paint.chosen;
  const [x, y] = [labelWidth + column * cellWidth, headHeight + row * cellHeight];
  context.strokeStyle = paint.accent;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, cellWidth + 2, cellHeight + 2);
  context.lineWidth = 1;
}

/** A cell without data, or whose data is old, carries a stroke. */
function paintCell(
  context: CanvasRenderingContext2D,
  { share, old = false }: GridValue,
  x: number,
  y: number,
  width: number,
  paint: GridPaint,
): void {
  context.fillStyle = fillOf(share, paint);
  context.fillRect(x, y, width, paint.cellHeight - 0.5);
  if (share !== null && !old) return;
  context.strokeStyle = paint.line;
  context.beginPath();
  context.moveTo(x, y + paint.cellHeight - 1);
  context.lineTo(x + Math.min(width, paint.cellHeight), y);
  context.stroke();
}

function fillOf(share: number | null, paint: GridPaint): string {
  if (share === null || share <= 0) return paint.empty;
  const colours = heatColours(share);
  return paint.dark ? colours.dark : colours.light;
}
