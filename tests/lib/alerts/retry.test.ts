import { describe, expect, it } from 'vitest';
import { parseRetryAfterMs, retryDelayMs } from '../../../lib/alerts/retry.ts';

describe('retryDelayMs', () => {
  it('doubles its ceiling from 1 s to 5 min', () => {
    const almostOne = () => 0.999999;
    const delays = [1, 2, 3, 9, 10, 50].map((attempts) => retryDelayMs(attempts, undefined, almostOne));
    expect(delays).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
  });
  it('may start at once: full jitter', () => {
    expect(retryDelayMs(7, undefined, () => 0)).toBe(0);
  });
  it('never comes before the receiver asked for it, but not later than an hour after', () => {
    expect(retryDelayMs(1, 30_000, () => 0)).toBe(30_000);
    expect(retryDelayMs(1, 1e12, () => 0)).toBe(3_600_000);
  });
});

describe('parseRetryAfterMs', () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0);
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', expect.toSatisfy((value) => value === undefined || value === 0)],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(parseRetryAfterMs(header, now)).toEqual(expected);
  });
});
