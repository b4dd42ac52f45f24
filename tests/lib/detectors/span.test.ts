import { describe, expect, it } from 'vitest';
import { DETECTOR_DEFAULTS } from '../../../lib/detectors/config.ts';
import { addBad, type BadInterval, newSpan, snapshotHoldMs, spanOf } from '../../../lib/detectors/span.ts';

/** Polls of a trouble that lasts from `from` to `to`, s, at full level, every 5 s from 0. */
function polled(from: number, to: number, lengthMs = 5000): BadInterval[] {
  const found: BadInterval[] = [];
  for (let startMs = 0; startMs < 100_000; startMs += lengthMs) {
    const endMs = startMs + lengthMs;
    const level = Math.max(0, Math.min(endMs, to * 1000) - Math.max(startMs, from * 1000)) / lengthMs;
    if (level > 0) found.push({ startMs, endMs, level, readAtEnd: false });
  }
  return found;
}

function spanFor(intervals: readonly BadInterval[]): { startMs: number; endMs: number } {
  const [first, ...rest] = intervals;
  const span = newSpan(first as BadInterval);
  for (const interval of rest) addBad(span, interval);
  return spanOf(span);
}

describe('when a trouble began and ended', () => {
  it('follows from how much of the outer intervals it covers', () => {
    expect(spanFor(polled(12, 27))).toEqual({ startMs: 12_000, endMs: 27_000 });
    const half = polled(12, 27).map((interval) => ({ ...interval, level: (interval.level ?? 0) / 2 }));
    expect(spanFor(half)).toEqual({ startMs: 12_000, endMs: 27_000 });
  });

  it('lays one interval over the border of two that show a part each', () => {
    const { startMs, endMs } = spanFor(polled(8, 11));
    expect(startMs).toBe(10_000 - 3333);
    expect(endMs).toBe(10_000 + 1667);
  });

  it('is all of a single interval', () => {
    expect(spanFor(polled(6, 8))).toEqual({ startMs: 5000, endMs: 10_000 });
  });

  it('keeps to the intervals where nothing tells how far they were covered', () => {
    const vague = polled(12, 27).map((interval) => ({ ...interval, level: null }));
    expect(spanFor(vague)).toEqual({ startMs: 10_000, endMs: 30_000 });
  });

  it('is the same after a restart', () => {
    const vague = { ...polled(12, 27)[0], level: null } as BadInterval;
    const span = newSpan(vague);
    addBad(span, { ...vague, startMs: vague.startMs + 5000, endMs: vague.endMs + 5000 });
    expect(spanOf(JSON.parse(JSON.stringify(span)))).toEqual(spanOf(span));
    expect(JSON.parse(JSON.stringify(span))).toEqual(span);
  });

  it('never leaves the outer intervals, however weak those between were', () => {
    const uneven = [0.9, 0.1, 0.9].map((level, index) => ({
      startMs: index * 5000,
      endMs: (index + 1) * 5000,
      level,
      readAtEnd: false,
    }));
    expect(spanFor(uneven)).toEqual({ startMs: 0, endMs: 15_000 });
  });

  it('takes a state that was read at the end of intervals for half the way to the next reading', () => {
    const down = (startMs: number): BadInterval => ({
      startMs,
      endMs: startMs + 5000,
      level: null,
      readAtEnd: true,
    });
    expect(spanFor([down(5000)])).toEqual({ startMs: 7500, endMs: 12_500 });
    expect(spanFor([down(5000), down(10_000)])).toEqual({ startMs: 7500, endMs: 17_500 });
  });

  it('gives a state that is only seen when it is read as many chances to show at any poll', () => {
    expect(snapshotHoldMs(15_000, 1000, DETECTOR_DEFAULTS)).toBe(15_000);
    expect(snapshotHoldMs(15_000, 10_000, DETECTOR_DEFAULTS)).toBe(50_000);
  });
});
