import { describe, expect, it } from 'vitest';
import { createNormaliser } from '../../../lib/counters/index.ts';
import { pauseBoundFromFrames, pauseFromDuration, pauseFromQuanta } from '../../../lib/counters/pause.ts';
import { QUALITIES } from '../../../lib/samples/fields.ts';
import { column } from '../../../lib/samples/frame.ts';
import { reading } from './readings.ts';

describe('pause share (golden cases 1 to 3)', () => {
  it('bounds pause by its frames: 6,000 frames in a second at 400G', () => {
    expect(pauseBoundFromFrames(6000, 400e9, 1)).toBeCloseTo(0.50331, 5);
  });

  it('reads quanta exactly: 97,656,250 in a second at 100G', () => {
    expect(pauseFromQuanta(97_656_250, 100e9, 1)).toBeCloseTo(0.5, 12);
  });

  it('clamps a duration up to 5 % over and refuses more', () => {
    expect(pauseFromDuration(1_030_000, 1)).toBe(1);
    expect(pauseFromDuration(1_080_000, 1)).toBeNaN();
  });

  it('calls the unit suspect after three impossible durations in a row and never says exact again', () => {
    const normaliser = createNormaliser();
    const problems: string[] = [];
    let last = normaliser.advance(reading({ atMs: 0, counters: { rxPauseUs: [0n], txBytes: [0n] } }));
    for (let poll = 1; poll <= 4; poll++) {
      last = normaliser.advance(
        reading({
          atMs: poll * 1000,
          counters: { rxPauseUs: [BigInt(poll) * 1_080_000n], txBytes: [BigInt(poll)] },
        }),
      );
      problems.push(...last.problems);
    }
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('read as quanta');
    const suspect = last.frames.find((frame) => frame.quality[0] === QUALITIES.indexOf('suspect_unit'));
    expect(suspect && column(suspect, 'rxPauseFraction')?.[0]).toBeCloseTo((1_080_000 * 512) / 100e9, 9);
    const exact = last.frames.find((frame) => frame.quality[0] === QUALITIES.indexOf('exact'));
    expect(exact && column(exact, 'rxPauseFraction')).toBeUndefined();
  });

  it('marks a share that only frames bound', () => {
    const normaliser = createNormaliser();
    normaliser.advance(reading({ atMs: 0, rate: 400e9, counters: { rxPauseFrames: [0n] } }));
    const { frames } = normaliser.advance(reading({ atMs: 1000, rate: 400e9, counters: { rxPauseFrames: [6000n] } }));
    const bounded = frames.find((frame) => frame.quality[0] === QUALITIES.indexOf('bounded'));
    expect(bounded && column(bounded, 'rxPauseFraction')?.[0]).toBeCloseTo(0.50331, 5);
    const exact = frames.find((frame) => frame.quality[0] === QUALITIES.indexOf('exact'));
    expect(exact && column(exact, 'rxPauseFramesPerSec')?.[0]).toBe(6000);
    expect(exact && column(exact, 'rxPauseFraction')).toBeUndefined();
  });
});

describe('pause frames beside pause time', () => {
  const poll = (n: bigint, us: bigint | null) => {
    const whole = reading({ atMs: Number(n) * 1000, rate: 100e9, counters: { rxPauseFrames: [n * 20_000n] } });
    const lossless = reading({ atMs: Number(n) * 1000, priority: 3, counters: { rxPauseUs: [us] } });
    return { ...whole, counters: [...whole.counters, ...lossless.counters] };
  };
  const wholePause = (polls: ReturnType<typeof poll>[]) => {
    const normaliser = createNormaliser();
    let frames: ReturnType<typeof normaliser.advance>['frames'] = [];
    for (const one of polls) ({ frames } = normaliser.advance(one));
    return frames.flatMap(({ columns }) =>
      columns.filter(({ field, priority }) => field === 'rxPauseFraction' && priority === -1),
    );
  };

  it('frames of a port bound nothing that a priority has timed', () => {
    expect(wholePause([poll(0n, 0n), poll(1n, 650_000n)])).toEqual([]);
  });

  it('they do where the time was not read', () => {
    expect(wholePause([poll(0n, null), poll(1n, null)])[0]?.values[0]).toBe(1);
  });
});

describe('counters (golden cases 4 to 7)', () => {
  it('carries a Counter64 over its end', () => {
    const normaliser = createNormaliser();
    normaliser.advance(reading({ atMs: 0, counters: { txBytes: [2n ** 64n - 100n] } }));
    const { frames } = normaliser.advance(reading({ atMs: 1000, counters: { txBytes: [900n] } }));
    expect(column(frames[0]!, 'txBytesPerSec')?.[0]).toBe(1000);
  });

  it('reads a 32-bit fall as a wrap while uptime grows, as a restart when it fell', () => {
    for (const [uptimeMs, expected] of [
      [2000, 294_967_301],
      [10, Number.NaN],
    ] as const) {
      const normaliser = createNormaliser();
      normaliser.advance(
        reading({ atMs: 0, rate: 10e9, uptimeMs: 1000, width: 32, counters: { rxBytes: [4_000_000_000n] } }),
      );
      const { frames } = normaliser.advance(
        reading({ atMs: 1000, rate: 10e9, uptimeMs, width: 32, counters: { rxBytes: [5n] } }),
      );
      const value = frames[0] === undefined ? Number.NaN : (column(frames[0], 'rxBytesPerSec')?.[0] ?? Number.NaN);
      if (Number.isNaN(expected)) expect(value).toBeNaN();
      else expect(value).toBe(expected);
    }
  });

  it('refuses 32-bit octets at 400G and says why, once', () => {
    const normaliser = createNormaliser();
    const problems: string[] = [];
    for (let poll = 0; poll < 4; poll++) {
      const result = normaliser.advance(
        reading({
          atMs: poll * 1000,
          rate: 400e9,
          width: 32,
          counters: { rxBytes: [BigInt(poll) * 1000n] },
        }),
      );
      problems.push(...result.problems);
      for (const frame of result.frames.slice(poll > 1 ? 0 : 1)) {
        expect(column(frame, 'rxBytesPerSec')?.[0] ?? Number.NaN).toBeNaN();
      }
    }
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('86 ms');
  });

  it('finds a device that refreshes every 5 s and spreads its growth over the period', () => {
    const normaliser = createNormaliser();
    const ports = Array.from({ length: 8 }, (_, index) => String(index + 1));
    let total = 0n;
    const rates: number[] = [];
    for (let poll = 0; poll <= 60; poll++) {
      if (poll % 5 === 4) total += 5000n;
      const { frames } = normaliser.advance(
        reading({
          atMs: poll * 1000,
          ports,
          counters: { txBytes: ports.map((_, index) => total * BigInt(index + 1)) },
        }),
      );
      if (poll < 30) continue;
      for (const frame of frames) rates.push(column(frame, 'txBytesPerSec')?.[0] ?? Number.NaN);
    }
    expect(normaliser.refreshMs('leaf1')).toBe(5000);
    expect(rates.length).toBeGreaterThanOrEqual(6);
    for (const rate of rates) expect(rate).toBe(1000);
  });

  it('keeps rare marks in the rhythm of the port counters of a slow refresh', () => {
    const normaliser = createNormaliser();
    const ports = Array.from({ length: 8 }, (_, index) => String(index + 1));
    let packets = 0n;
    let marked = 0n;
    const shares: number[] = [];
    for (let poll = 0; poll <= 60; poll++) {
      if (poll % 2 === 0) {
        packets += 10_000n;
        if (poll > 40) marked += 2_000n;
      }
      const { frames } = normaliser.advance(
        reading({
          atMs: poll * 1000,
          ports,
          counters: {
            txPackets: ports.map(() => packets),
            txBytes: ports.map(() => packets * 1000n),
            ecnMarkedPackets: ports.map((_, index) => (index === 0 ? marked : 0n)),
          },
        }),
      );
      if (poll <= 42) continue;
      for (const frame of frames) {
        expect(column(frame, 'txUtilFraction')?.[0]).toBeGreaterThan(0);
        shares.push(column(frame, 'ecnMarkFraction')?.[0] ?? Number.NaN);
      }
    }
    expect(normaliser.refreshMs('leaf1')).toBe(2000);
    expect(shares.length).toBeGreaterThanOrEqual(8);
    for (const share of shares) expect(share).toBe(0.2);
  });
});
