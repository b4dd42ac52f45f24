import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/clock.ts';
import { nextTickMs, phaseMs } from '../../../lib/collect/phase.ts';
import { IntervalMeter, pollLoop } from '../../../lib/collect/poll-loop.ts';

/** Runs a loop on a clock that moves only when the loop sleeps or the poll takes time. */
async function run(options: {
  key?: string;
  intervalMs: number;
  polls: number;
  takesMs?: (poll: number) => number;
  fails?: boolean;
  startMs?: number;
}) {
  const clock = new ManualClock(options.startMs ?? 1_000_000);
  const stop = new AbortController();
  const meter = new IntervalMeter(options.intervalMs);
  const startsMs: number[] = [];
  const failures: unknown[] = [];
  await pollLoop({
    key: options.key ?? 'leaf1',
    intervalMs: options.intervalMs,
    clock,
    signal: stop.signal,
    meter,
    poll: async () => {
      startsMs.push(clock.now());
      clock.advance(options.takesMs?.(startsMs.length) ?? 0);
      if (startsMs.length >= options.polls) stop.abort();
      if (options.fails) throw new Error('no answer');
    },
    failed: (error) => failures.push(error),
    sleep: async (ms) => clock.advance(ms),
  });
  return { startsMs, failures, meter };
}

describe('poll loop', () => {
  it('polls on the phase of its key, the same after a restart', async () => {
    const phase = phaseMs('leaf1', 5000);
    const first = await run({ intervalMs: 5000, polls: 3 });
    const second = await run({ intervalMs: 5000, polls: 3, startMs: 1_012_345 });
    for (const atMs of [...first.startsMs, ...second.startsMs]) expect(atMs % 5000).toBe(phase % 5000);
    expect(first.meter.achievedIntervalMs()).toBe(5000);
  });

  it('spreads targets over the interval', () => {
    const phases = Array.from({ length: 240 }, (_, index) => phaseMs(`leaf${index}`, 5000));
    const perTenth = new Array(10).fill(0);
    for (const phase of phases) perTenth[Math.floor(phase / 500)]++;
    expect(Math.min(...perTenth)).toBeGreaterThan(8);
    expect(Math.max(...perTenth)).toBeLessThan(48);
  });

  it('lets the ticks go that a slow poll covers, and says how many', async () => {
    const { startsMs, meter } = await run({ intervalMs: 1000, polls: 4, takesMs: (poll) => (poll === 2 ? 3500 : 10) });
    const distances = startsMs.slice(1).map((atMs, index) => atMs - (startsMs[index] ?? 0));
    expect(distances).toEqual([1000, 4000, 1000]);
    expect(meter.skipped).toBe(3);
  });

  it('does not poll right behind a poll that began late', async () => {
    const clock = new ManualClock(1_000_000);
    const stop = new AbortController();
    const startsMs: number[] = [];
    const phase = phaseMs('leaf1', 1000);
    await pollLoop({
      key: 'leaf1',
      intervalMs: 1000,
      clock,
      signal: stop.signal,
      poll: async () => {
        startsMs.push(clock.now());
        if (startsMs.length === 4) stop.abort();
      },
      failed: () => {},
      // The second wake-up comes 700 ms late.
      sleep: async (ms) => clock.advance(ms + (startsMs.length === 1 ? 700 : 0)),
    });
    const beats = startsMs.map((atMs) => (atMs - phase - (startsMs[0] ?? 0) + phase) / 1000);
    expect(beats).toEqual([0, 1.7, 3, 4]);
  });

  it('goes on after a poll that fails', async () => {
    const { failures, startsMs } = await run({ intervalMs: 1000, polls: 3, fails: true });
    expect(startsMs.length).toBe(3);
    expect(failures.length).toBe(2);
  });

  it('does not sleep through a clock that is set back', async () => {
    const clock = new ManualClock(10_000_000);
    const stop = new AbortController();
    const slept: number[] = [];
    let polls = 0;
    await pollLoop({
      key: 'leaf1',
      intervalMs: 1000,
      clock,
      signal: stop.signal,
      poll: async () => {
        if (++polls === 2) clock.set(5_000_000);
        if (polls === 4) stop.abort();
      },
      failed: () => {},
      sleep: async (ms) => {
        slept.push(ms);
        clock.advance(ms);
      },
    });
    expect(polls).toBe(4);
    expect(Math.max(...slept)).toBeLessThanOrEqual(1000);
  });

  it('finds the next tick at or after a time', () => {
    expect(nextTickMs(1000, 1000, 0)).toBe(1000);
    expect(nextTickMs(1001, 1000, 0)).toBe(2000);
    expect(nextTickMs(1000, 1000, 250)).toBe(1250);
  });
});
