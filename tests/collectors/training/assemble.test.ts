import { describe, expect, it } from 'vitest';
import { assemble, finish, newAssembly } from '../../../collectors/training/assemble.ts';
import type { ParsedStep } from '../../../collectors/training/formats/types.ts';

const T0 = Date.UTC(2026, 10, 22, 16, 0, 0);

describe('smoothed times', () => {
  /** What a bar of tqdm shows of these durations: @source tqdm/std.py, EMA with smoothing 0.3 */
  function shown(seconds: readonly number[]): number[] {
    let last = 0;
    return seconds.map((one, n) => {
      last = 0.3 * one + 0.7 * last;
      return last / (1 - 0.7 ** (n + 1));
    });
  }

  it('tell of each step once, so that a slow one costs what it cost', () => {
    const seconds = Array.from({ length: 300 }, (_, n) => (n === 150 ? 9 : 1));
    const state = newAssembly();
    const drafts = shown(seconds).flatMap((one, n) =>
      assemble(state, { step: n + 1, durationMs: one * 1000, smoothedOver: 6 }, n),
    );
    const records = finish(drafts, T0, { job: 'j' });
    expect(records).toHaveLength(50);
    expect(records.every(({ averagedOver }) => averagedOver === 6)).toBe(true);
    const total = records.reduce((sum, { startMs, endMs }) => sum + 6 * (endMs - startMs), 0);
    expect(total).toBeGreaterThan(307_500);
    expect(total).toBeLessThan(308_500);
  });

  it('begin anew with the job', () => {
    const state = newAssembly();
    const bar = (step: number) => assemble(state, { step, durationMs: 1000, smoothedOver: 6 }, 0);
    expect([1, 2, 3, 4, 5, 1, 2, 3, 4, 5].flatMap(bar)).toEqual([]);
    expect(bar(6)).toMatchObject([{ averagedOver: 6, distance: 6 }]);
  });
});

describe('clocks in whole seconds', () => {
  it('are refined by how long the steps took, never out of their second', () => {
    const state = newAssembly();
    const ends = Array.from({ length: 60 }, (_, n) => T0 + 730 + n * 437);
    const errors = ends.map((endMs, n) => {
      const parsed: ParsedStep = {
        step: n + 1,
        durationMs: 437,
        endMs: Math.floor(endMs / 1000) * 1000,
        wholeSecond: true,
      };
      const [draft] = assemble(state, parsed, n);
      return (draft?.parsed.endMs ?? 0) - endMs;
    });
    expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(500);
    // Once steps have crossed the seconds at many places, little is left.
    expect(Math.max(...errors.slice(30).map(Math.abs))).toBeLessThan(60);
    const [first] = assemble(newAssembly(), { step: 7, durationMs: 437, endMs: T0, wholeSecond: true }, 1);
    expect(first?.parsed.endMs).toBe(T0 + 500);
  });
});
