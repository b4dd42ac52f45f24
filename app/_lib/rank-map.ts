import type { RankMap } from '../../lib/api/types.ts';
import { formatSeconds } from '../../lib/format/durations.ts';
import { heatColours } from './heat.ts';

/** A cell of the map: which rank's row, which step's column. */
export interface RankCell {
  row: number;
  column: number;
}

/** Where things lie on the canvas, CSS pixels. */
export interface RankLayout {
  labelWidth: number;
  headHeight: number;
  cellWidth: number;
  cellHeight: number;
}

/** Rows shrink with the number of ranks: a job of 256 still fits two screens. */
export function rankLayout(ranks: number, steps: number, width: number): RankLayout {
  const labelWidth = 92;
  const cellHeight = ranks <= 24 ? 14 : ranks <= 64 ? 9 : 5;
  return { labelWidth, headHeight: 12, cellWidth: Math.max(1, (width - labelWidth) / Math.max(1, steps)), cellHeight };
}

export function mapHeight(ranks: number): number {
  const { headHeight, cellHeight } = rankLayout(ranks, 1, 0);
  return headHeight + ranks * cellHeight;
}

/** The cell at a place of the canvas, or null beside the map. */
export function cellAt(map: RankMap, layout: RankLayout, x: number, y: number): RankCell | null {
  const column = Math.floor((x - layout.labelWidth) / layout.cellWidth);
  const row = Math.floor((y - layout.headHeight) / layout.cellHeight);
  const inside = column >= 0 && column < map.steps.length && row >= 0 && row < map.ranks.length;
  return inside ? { row, column } : null;
}

/** What lateness is compared with: the job's usual step; before that is known, the middle one of the map. */
export function usualSeconds(job: { baselineSeconds: number | null }, map: RankMap): number {
  if (job.baselineSeconds !== null) return job.baselineSeconds;
  const seconds = map.steps.map(({ startMs, endMs }) => (endMs - startMs) / 1000).sort((a, b) => a - b);
  return seconds[seconds.length >> 1] ?? 0;
}

/** Where an arrow key leads; Home and End go to the oldest and newest step. Null for any other key. */
export function moveCell(map: RankMap, cell: RankCell, key: string): RankCell | null {
  const last = { row: map.ranks.length - 1, column: map.steps.length - 1 };
  const { row, column } = cell;
  switch (key) {
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(last.column, column + 1) };
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(last.row, row + 1), column };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: last.column };
    default:
      return null;
  }
}

/** Lateness as a share of the usual step: the fixed scale of the map, so that two jobs compare. Null = no report. */
export function lateShare(map: RankMap, { row, column }: RankCell, usualSeconds: number): number | null {
  const seconds = map.ranks[row]?.latenessSeconds[column] ?? null;
  return seconds === null || usualSeconds <= 0 ? null : Math.max(0, seconds) / usualSeconds;
}

/** What a cell shows, in words. */
export function cellText(map: RankMap, { row, column }: RankCell): string {
  const rank = map.ranks[row];
  const step = map.steps[column];
  if (rank === undefined || step === undefined) return '';
  const who = `rank ${rank.rank}${rank.host === undefined ? '' : ` on ${rank.host}`}, step ${step.step}`;
  const seconds = rank.latenessSeconds[column] ?? null;
  if (seconds === null) return `${who}: no report`;
  const when = seconds === 0 ? 'with the median rank' : lateText(seconds);
  return `${who}${step.slow === true ? ' (slow)' : ''}: ${when}`;
}

function lateText(seconds: number): string {
  return `${formatSeconds(Math.abs(seconds))} ${seconds > 0 ? 'after' : 'before'} the median rank`;
}

/** A rank with how often it was late, and by how much at most. */
export interface LateRank {
  rank: number;
  host: string | undefined;
  lateSteps: number;
  reported: number;
  worstSeconds: number;
  worstStep: number;
}

/** A rank is late in a step where it comes this share of the usual step after the median rank. */
const LATE_SHARE = 0.05;

/** Ranks that were late at all, the most often late first. */
export function lateRanks(map: RankMap, usualSeconds: number): LateRank[] {
  return map.ranks
    .map(({ rank, host, latenessSeconds }) => {
      const found: LateRank = { rank, host, lateSteps: 0, reported: 0, worstSeconds: 0, worstStep: 0 };
      latenessSeconds.forEach((seconds, column) => {
        if (seconds === null) return;
        found.reported++;
        if (seconds > LATE_SHARE * usualSeconds) found.lateSteps++;
        if (seconds <= found.worstSeconds) return;
        found.worstSeconds = seconds;
        found.worstStep = map.steps[column]?.step ?? 0;
      });
      return found;
    })
    .filter(({ lateSteps }) => lateSteps > 0)
    .sort((a, b) => b.lateSteps - a.lateSteps || b.worstSeconds - a.worstSeconds);
}

export interface RankPaint extends RankLayout {
  usualSeconds: number;
  dark: boolean;
  empty: string;
  line: string;
  text: string;
  slow: string;
  chosen: RankCell | null;
  accent: string;
}

/** Draws the whole map: a tick above every slow step, a stroke where a rank said nothing. */
export function paintRankMap(context: CanvasRenderingContext2D, map: RankMap, paint: RankPaint): void {
  const { labelWidth, headHeight, cellWidth, cellHeight } = paint;
  const gap = cellWidth > 3 ? 0.5 : 0;
  context.font = '11px sans-serif';
  context.textBaseline = 'middle';
  const every = Math.ceil(12 / cellHeight);
  map.ranks.forEach(({ rank, host }, row) => {
    const y = headHeight + row * cellHeight;
    if (row % every === 0) {
      context.fillStyle = paint.text;
      context.fillText(`${rank} ${host ?? ''}`.slice(0, 14), 0, y + cellHeight / 2, labelWidth - 6);
    }
    map.steps.forEach((_step, column) => {
      const x = labelWidth + column * cellWidth;
      const share = lateShare(map, { row, column }, paint.usualSeconds);
      context.fillStyle = shareColour(share, paint);
      context.fillRect(x, y, cellWidth - gap, cellHeight - 0.5);
      if (share !== null) return;
      context.strokeStyle = paint.line;
      context.beginPath();
      context.moveTo(x, y + cellHeight - 1);
      context.lineTo(x + Math.min(cellWidth, cellHeight), y);
      context.stroke();
    });
  });
  context.fillStyle = paint.slow;
  map.steps.forEach(({ slow }, column) => {
    if (slow === true) context.fillRect(labelWidth + column * cellWidth, 3, Math.max(1.5, cellWidth - gap), 6);
  });
  if (paint.chosen === null) return;
  context.strokeStyle = paint.accent;
  context.lineWidth = 2;
  const { row, column } = paint.chosen;
  context.strokeRect(
    labelWidth + column * cellWidth - 1,
    headHeight + row * cellHeight - 1,
    cellWidth + 2,
    cellHeight + 2,
  );
  context.lineWidth = 1;
}

function shareColour(share: number | null, paint: RankPaint): string {
  if (share === null || share <= 0) return paint.empty;
  const colours = heatColours(share);
  return paint.dark ? colours.dark : colours.light;
}
