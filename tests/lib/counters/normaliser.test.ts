import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNormaliser, type Normaliser } from '../../../lib/counters/index.ts';
import { column, type SampleFrame } from '../../../lib/samples/frame.ts';
import { type Poll, reading } from './readings.ts';

function first(normaliser: Normaliser, poll: Poll): SampleFrame | undefined {
  return normaliser.advance(reading(poll)).frames[0];
}

function rate(frame: SampleFrame | undefined, port = 0): number {
  return (frame === undefined ? undefined : column(frame, 'txBytesPerSec')?.[port]) ?? Number.NaN;
}

describe('what a device states of itself', () => {
  it('is outranked by what is counted: one column of the bit error ratio', () => {
    const normaliser = createNormaliser();
    const poll = (second: number): Poll => ({
      atMs: second * 1000,
      ports: ['1', '2'],
      counters: { rxBytes: [BigInt(second), 1n], correctedBits: [BigInt(second) * 103_125n, null] },
      gauges: { preFecBer: [5e-7, 6e-7] },
    });
    first(normaliser, poll(0));
    const { frames } = normaliser.advance(reading(poll(1)));
    const ratios = frames.flatMap(({ columns }) => columns).filter(({ field }) => field === 'preFecBer');
    expect(ratios.map(({ values }) => [...values])).toEqual([[1e-6, 6e-7]]);
  });

  it('an estimate of pause time only bounds it, and no longer where the time is counted', () => {
    for (const [counters, expected] of [
      [{ rxPauseUsAtMost: 800_000n }, [['bounded', 0.8]]],
      // Ten frames of 65,535 quanta each at 100 Gb/s.
      [{ rxPauseUsAtMost: 800_000n, rxPauseFrames: 10n }, [['bounded', 10 * 65_535 * 512 * 1e-11]]],
      [{ rxPauseUsAtMost: 800_000n, rxPauseUs: 100_000n }, [['exact', 0.1]]],
    ] as const) {
      const normaliser = createNormaliser();
      const poll = (second: number): Poll => ({
        atMs: second * 1000,
        priority: 3,
        counters: Object.fromEntries(Object.entries(counters).map(([name, value]) => [name, [BigInt(second) * value]])),
      });
      first(normaliser, poll(0));
      const { frames } = normaliser.advance(reading(poll(1)));
      const found = frames.flatMap((frame) => {
        const share = column(frame, 'rxPauseFraction', 3)?.[0];
        return share === undefined ? [] : [[frame.quality[0] === 0 ? 'exact' : 'bounded', share]];
      });
      expect(found).toEqual(expected);
    }
  });
});

describe('intervals', () => {
  it('yields nothing for the first read, a repeated one and a late one', () => {
    const normaliser = createNormaliser();
    expect(first(normaliser, { atMs: 1000, counters: { txBytes: [0n] } })).toBeUndefined();
    expect(rate(first(normaliser, { atMs: 2000, counters: { txBytes: [500n] } }))).toBe(500);
    expect(first(normaliser, { atMs: 2000, counters: { txBytes: [500n] } })).toBeUndefined();
    expect(first(normaliser, { atMs: 1500, counters: { txBytes: [250n] } })).toBeUndefined();
    expect(rate(first(normaliser, { atMs: 3000, counters: { txBytes: [1500n] } }))).toBe(1000);
  });

  it('averages over a short gap and starts again after a long one', () => {
    const normaliser = createNormaliser();
    for (let second = 0; second <= 4; second++) {
      first(normaliser, { atMs: second * 1000, counters: { txBytes: [BigInt(second) * 100n] } });
    }
    expect(rate(first(normaliser, { atMs: 7000, counters: { txBytes: [700n] } }))).toBe(100);
    expect(first(normaliser, { atMs: 12_000, counters: { txBytes: [1200n] } })).toBeUndefined();
    expect(rate(first(normaliser, { atMs: 13_000, counters: { txBytes: [1300n] } }))).toBe(100);
  });

  it('keeps ports apart: one cleared port costs only its own interval', () => {
    const normaliser = createNormaliser();
    const ports = ['1', '2'];
    first(normaliser, { atMs: 0, ports, counters: { txBytes: [10_000n, 10_000n], rxBytes: [1n, 1n] } });
    const result = normaliser.advance(
      reading({ atMs: 1000, ports, counters: { txBytes: [5n, 11_000n], rxBytes: [500n, 2n] } }),
    );
    const frame = result.frames[0]!;
    expect(rate(frame, 0)).toBeNaN();
    expect(column(frame, 'rxBytesPerSec')?.[0]).toBeNaN();
    expect(rate(frame, 1)).toBe(1000);
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]).toContain('leaf1/1');
  });

  it('starts again when the discontinuity time, the link rate or the link state changed', () => {
    for (const change of [{ discontinuityMs: [7] }, { rate: 25e9 }, { linkUp: [0] }]) {
      const normaliser = createNormaliser();
      first(normaliser, { atMs: 0, discontinuityMs: [0], counters: { txBytes: [0n] } });
      const frame = first(normaliser, { atMs: 1000, discontinuityMs: [0], ...change, counters: { txBytes: [1000n] } });
      expect(rate(frame)).toBeNaN();
      expect(column(frame!, 'linkRateBitsPerSec')?.[0]).toBe('rate' in change ? 25e9 : 100e9);
    }
  });

  it('starts again on a new boot id', () => {
    const normaliser = createNormaliser();
    first(normaliser, { atMs: 0, bootId: 'a', counters: { txBytes: [0n] } });
    const result = normaliser.advance(reading({ atMs: 1000, bootId: 'b', counters: { txBytes: [10n] } }));
    expect(rate(result.frames[0])).toBeNaN();
    expect(result.problems[0]).toContain('restarted');
  });

  it('does not believe growth beyond the wire', () => {
    const normaliser = createNormaliser();
    first(normaliser, { atMs: 0, rate: 10e9, counters: { txBytes: [0n] } });
    expect(rate(first(normaliser, { atMs: 1000, rate: 10e9, counters: { txBytes: [2_000_000_000n] } }))).toBeNaN();
    expect(rate(first(normaliser, { atMs: 2000, rate: 10e9, counters: { txBytes: [2_000_001_000n] } }))).toBe(1000);
  });

  it('takes what a slow refresh held back as a full interval, not as an error', () => {
    const normaliser = createNormaliser();
    const pause = (atMs: number, us: bigint): number => {
      const frame = first(normaliser, { atMs, counters: { rxPauseUs: [us], txBytes: [BigInt(atMs)] } });
      return (frame === undefined ? undefined : column(frame, 'rxPauseFraction')?.[0]) ?? Number.NaN;
    };
    pause(0, 0n);
    expect(pause(5000, 4_000_000n)).toBeCloseTo(0.8, 9);
    expect(pause(10_000, 10_000_000n)).toBe(1);
    expect(pause(15_000, 14_000_000n)).toBeCloseTo(0.8, 9);
  });

  it('shows a saturated counter as unknown', () => {
    const normaliser = createNormaliser();
    const max = 2n ** 32n - 1n;
    first(normaliser, { atMs: 0, width: 32, saturates: true, counters: { symbolErrors: [max - 5n], txPackets: [0n] } });
    const full = first(normaliser, {
      atMs: 1000,
      width: 32,
      saturates: true,
      counters: { symbolErrors: [max], txPackets: [9n] },
    })!;
    expect(column(full, 'symbolErrorsPerSec')?.[0] ?? Number.NaN).toBeNaN();
    expect(column(full, 'txPacketsPerSec')?.[0]).toBe(9);
  });

  it('tells of a saturated counter once, and again after it was cleared', () => {
    const normaliser = createNormaliser();
    const max = 2n ** 32n - 1n;
    const told = [max - 1n, max, max, 0n, max].map((symbolErrors, poll) => {
      const counters = { symbolErrors: [symbolErrors], txPackets: [BigInt(poll)] };
      const read = reading({ atMs: poll * 1000, width: 32, saturates: true, counters });
      return normaliser.advance(read).problems.filter((problem) => problem.includes('saturated'));
    });
    expect(told.map(({ length }) => length)).toEqual([0, 1, 0, 0, 1]);
    expect(told[1]?.[0]).toContain('symbolErrors saturated: it stands at its end');
  });

  it('keeps absent and zero apart', () => {
    const normaliser = createNormaliser();
    const ports = ['1', '2'];
    first(normaliser, { atMs: 0, ports, counters: { drops: [0n, null], txBytes: [0n, 0n] } });
    const frame = first(normaliser, { atMs: 1000, ports, counters: { drops: [0n, null], txBytes: [1n, 1n] } })!;
    expect(column(frame, 'dropsPerSec')?.[0]).toBe(0);
    expect(column(frame, 'dropsPerSec')?.[1]).toBeNaN();
  });

  it('follows ports that move in the list', () => {
    const normaliser = createNormaliser();
    first(normaliser, { atMs: 0, ports: ['1', '2'], counters: { txBytes: [100n, 1000n] } });
    const frame = first(normaliser, { atMs: 1000, ports: ['0', '2', '1'], counters: { txBytes: [5n, 1500n, 110n] } })!;
    expect([rate(frame, 0), rate(frame, 1), rate(frame, 2)]).toEqual([Number.NaN, 500, 10]);
  });

  it('gives slow queue counters a frame of their own', () => {
    const normaliser = createNormaliser();
    const ports = ['1', '2', '3', '4', '5', '6'];
    const seen: { interval: number; ecn: number | undefined; bytes: number | undefined }[] = [];
    for (let second = 0; second <= 60; second++) {
      const queue = BigInt(Math.floor(second / 10) * 500);
      const { frames } = normaliser.advance(
        reading({
          atMs: second * 1000,
          ports,
          counters: {
            txBytes: ports.map(() => BigInt(second) * 1000n),
            txPackets: ports.map(() => BigInt(second) * 100n),
            ecnMarkedPackets: ports.map(() => queue),
          },
        }),
      );
      if (second < 45) continue;
      for (const frame of frames) {
        seen.push({
          interval: frame.endMs[0]! - frame.startMs[0]!,
          ecn: column(frame, 'ecnMarkedPerSec')?.[0],
          bytes: column(frame, 'txBytesPerSec')?.[0],
        });
      }
    }
    const queues = seen.filter((entry) => entry.ecn !== undefined);
    expect(queues.length).toBeGreaterThan(0);
    for (const entry of queues) expect(entry).toMatchObject({ interval: 10_000, ecn: 50, bytes: undefined });
    const portsSeen = seen.filter((entry) => entry.bytes !== undefined);
    expect(portsSeen.length).toBeGreaterThan(10);
    for (const entry of portsSeen) expect(entry.interval).toBe(1000);
  });
});

describe('properties', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 2, maxLength: 30 });

  it('rates times time add up to what the counter grew, from any start, across the 64-bit end', () => {
    fc.assert(
      fc.property(steps, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (growths, start) => {
        const normaliser = createNormaliser();
        let value = start;
        let sum = 0;
        first(normaliser, { atMs: 0, counters: { txBytes: [value] } });
        for (const [index, growth] of growths.entries()) {
          value = (value + BigInt(growth)) % 2n ** 64n;
          sum += rate(first(normaliser, { atMs: (index + 1) * 1000, counters: { txBytes: [value] } }));
        }
        expect(sum).toBe(growths.reduce((total, growth) => total + growth, 0));
      }),
    );
  });

  it('gives the same samples after a restart at any point', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (growths, where) => {
        const run = (restartAt: number): unknown[] => {
          let normaliser = createNormaliser();
          let value = 0n;
          const out: unknown[] = [];
          for (const [index, growth] of growths.entries()) {
            value += BigInt(growth);
            out.push(rate(first(normaliser, { atMs: index * 1000, counters: { txBytes: [value] } })));
            if (index !== restartAt) continue;
            const saved = JSON.parse(JSON.stringify(normaliser.snapshot()));
            normaliser = createNormaliser();
            normaliser.restore(saved);
          }
          return out;
        };
        expect(run(where % growths.length)).toEqual(run(-1));
      }),
    );
  });

  it('never yields a negative rate or a share outside 0..1, whatever the counter does', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 2, maxLength: 20 }), (values) => {
        const normaliser = createNormaliser();
        for (const [index, value] of values.entries()) {
          const { frames } = normaliser.advance(
            reading({ atMs: index * 1000, counters: { txBytes: [value], rxPauseUs: [value], drops: [value] } }),
          );
          for (const frame of frames) {
            for (const { field, values: numbers } of frame.columns) {
              const number = numbers[0]!;
              if (Number.isNaN(number)) continue;
              expect(number).toBeGreaterThanOrEqual(0);
              if (field.endsWith('Fraction')) expect(number).toBeLessThanOrEqual(1);
            }
          }
        }
      }),
    );
  });
});
