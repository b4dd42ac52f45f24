import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedWindow } from '../../../lib/training/sorted-window.ts';
import { median, quantile, robustSpread } from '../../../lib/training/statistics.ts';

/** The plain way, as an oracle. */
function plainMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe('robust statistics', () => {
  it('median and quantile agree with known values', () => {
    expect(median([])).toBeUndefined();
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
    expect(robustSpread([1, 2, 3, 4, 100], 3, 0)).toBeCloseTo(1.4826, 10);
    expect(robustSpread([5, 5, 5], 5, 0.1)).toBe(0.1);
  });

  it('a sorted window always tells the median and spread of its last values', () => {
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 70 }),
        (values, capacity) => {
          const window = new SortedWindow(capacity);
          values.forEach((value, i) => {
            window.push(value);
            const last = values.slice(Math.max(0, i + 1 - capacity), i + 1);
            const center = plainMedian(last);
            expect(window.size).toBe(last.length);
            expect(window.median()).toBeCloseTo(center, 6);
            const mad = plainMedian(last.map((x) => Math.abs(x - center)));
            expect(window.spread(window.median()!, 0)).toBeCloseTo(1.4826 * mad, 4);
            expect(window.upperSpread(window.median()!, 0)).toBeGreaterThanOrEqual(window.spread(window.median()!, 0));
          });
          expect(window.values()).toEqual(values.slice(-capacity));
        },
      ),
      { numRuns: 100 },
    );
  });
});
