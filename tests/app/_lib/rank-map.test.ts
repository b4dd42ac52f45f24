import { describe, expect, it } from 'vitest';
import { cellAt, gridLayout, moveCell } from '../../../app/_lib/grid-map.ts';
import { cellText, lateRanks, lateShare, usualSeconds } from '../../../app/_lib/rank-map.ts';
import type { RankMap } from '../../../lib/api/types.ts';

const map: RankMap = {
  basis: 'compute',
  steps: [10, 11, 12].map((step) => ({ step, startMs: step * 1000, endMs: step * 1000 + 900, slow: step === 11 })),
  ranks: [
    { rank: 0, host: 'gpu01', latenessSeconds: [0, -0.01, 0] },
    { rank: 4, latenessSeconds: [0.4, 0.2, null] },
  ],
  allRanks: 2,
  unreported: [4],
};

const shape = { rows: 2, columns: 3 };

describe('the map of ranks and steps', () => {
  it('finds the cell below a pointer, and none beside the map', () => {
    const layout = gridLayout(shape, 392);
    expect(cellAt(shape, layout, layout.labelWidth + 1, layout.headHeight + 1)).toEqual({ row: 0, column: 0 });
    expect(cellAt(shape, layout, 391, layout.headHeight + 2 * layout.cellHeight - 1)).toEqual({ row: 1, column: 2 });
    expect(cellAt(shape, layout, 10, 20)).toBeNull();
    expect(cellAt(shape, layout, 391, layout.headHeight + 2 * layout.cellHeight + 1)).toBeNull();
  });

  it('moves by arrow keys and stops at its edges; other keys are left to the page', () => {
    expect(moveCell(shape, { row: 0, column: 0 }, 'ArrowLeft')).toEqual({ row: 0, column: 0 });
    expect(moveCell(shape, { row: 0, column: 0 }, 'ArrowDown')).toEqual({ row: 1, column: 0 });
    expect(moveCell(shape, { row: 1, column: 1 }, 'End')).toEqual({ row: 1, column: 2 });
    expect(moveCell(shape, { row: 1, column: 1 }, 'x')).toBeNull();
  });

  it('says in words what a cell shows; no report is not on time', () => {
    expect(cellText(map, { row: 1, column: 1 })).toBe('rank 4, step 11 (slow): 200 ms after the median rank');
    expect(cellText(map, { row: 0, column: 0 })).toBe('rank 0 on gpu01, step 10: with the median rank');
    expect(cellText(map, { row: 1, column: 2 })).toBe('rank 4, step 12: no report');
    expect(lateShare(map, { row: 1, column: 2 }, 2)).toBeNull();
    expect(lateShare(map, { row: 0, column: 1 }, 2)).toBe(0);
    expect(lateShare(map, { row: 1, column: 0 }, 2)).toBe(0.2);
  });

  it('lists the ranks that come late, the most often late first', () => {
    expect(lateRanks(map, 2)).toEqual([
      { rank: 4, host: undefined, lateSteps: 2, reported: 2, worstSeconds: 0.4, worstStep: 10 },
    ]);
  });

  it('compares with the usual step, or with its own middle one before that is known', () => {
    expect(usualSeconds({ baselineSeconds: 2.4 }, map)).toBe(2.4);
    expect(usualSeconds({ baselineSeconds: null }, map)).toBe(0.9);
  });
});
