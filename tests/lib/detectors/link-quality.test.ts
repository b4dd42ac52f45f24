import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameLossRatio, interleaveOf, predictedFrameLoss } from '../../../lib/counters/frame-loss.ts';
import { createDeviceDetectors, type Episode } from '../../../lib/detectors/index.ts';
import { poissonInterval } from '../../../lib/detectors/link-degraded/poisson.ts';
import { UNKNOWN_NEIGHBOURS } from '../../../lib/topology/fabric-map.ts';
import { frame, type Values } from './frames.ts';

const PORTS = ['1', '2'];
const RATE = 400e9;
const LANE_BITS = RATE * 1.0625;
const clean: Values = {
  linkRateBitsPerSec: [RATE, RATE],
  linkUp: [1, 1],
  correctedBitsPerSec: [0, 0],
  preFecBer: [0, 0],
  uncorrectablePerSec: [0, 0],
  symbolErrorsPerSec: [0, 0],
};

function noisy(ber: number): Values {
  return { ...clean, correctedBitsPerSec: [ber * LANE_BITS, 0], preFecBer: [ber, 0] };
}
const lost = (perSec: number, ber = 0): Values => ({ ...noisy(ber), uncorrectablePerSec: [perSec, 0] });
const repeat = (value: Values, times: number): Values[] => Array.from({ length: times }, () => value);

function run(values: Values[], pollMs = 10_000, detectors = createDeviceDetectors('leaf0')): Episode[] {
  return values.flatMap((value, index) =>
    detectors.advance(frame('leaf0', PORTS, index * pollMs, (index + 1) * pollMs, value), UNKNOWN_NEIGHBOURS),
  );
}

describe('arithmetic', () => {
  it('frame loss ratio (golden case 11)', () => {
    expect(frameLossRatio(1e-9, 2)).toBeCloseTo(2.125e-9, 15);
    expect(frameLossRatio(1, 1)).toBe(1.125);
    expect(frameLossRatio(1, 4)).toBe(4.125);
    expect([100e9, 400e9, 800e9].map(interleaveOf)).toEqual([1, 2, 4]);
  });

  it('predicted frame loss: a line through the bins, and what it says of sixteen to twenty symbols', () => {
    // A tenth of the codewords with every symbol more, of 1e9: bin 16 would hold 1e-17, all beyond 1.1111e-17.
    const tenths = Float64Array.from({ length: 16 }, (_, symbols) => 10 ** (8 - symbols));
    expect(predictedFrameLoss(tenths, 1e9, 2) / (2.125 * 1.1111e-17)).toBeCloseTo(1, 8);
    // Bins of fewer than ten say nothing.
    const noise = tenths.map((count, symbols) => (symbols > 7 ? 9 : count));
    expect(predictedFrameLoss(noise, 1e9, 2) / predictedFrameLoss(tenths, 1e9, 2)).toBeCloseTo(1, 8);
    const none = new Float64Array(16).fill(Number.NaN);
    const only = (counts: Record<number, number>) => none.map((nothing, symbols) => counts[symbols] ?? nothing);
    expect(predictedFrameLoss(only({ 1: 500 }), 1e9, 1)).toBeNaN();
    expect(predictedFrameLoss(only({ 1: 500, 2: 9 }), 1e9, 1)).toBeNaN();
    expect(predictedFrameLoss(only({ 1: 500, 2: 10 }), Number.NaN, 1)).toBeNaN();
    // More of the worse ones is no random noise.
    expect(predictedFrameLoss(only({ 1: 10, 8: 500 }), 1e9, 1)).toBeNaN();
  });

  it('foretells no loss on links whose random errors FEC corrects, up to the ratio where codewords begin to be lost', () => {
    // Two minutes of 400G and 800G: wrong symbols of a codeword follow a Poisson law.
    const bins = (ber: number, codewords: number) => {
      const mean = ber * 5440;
      let share = Math.exp(-mean);
      return Float64Array.from({ length: 16 }, (_, symbols) => {
        if (symbols > 0) share *= mean / symbols;
        return Math.floor(share * codewords);
      });
    };
    for (const [codewords, interleave] of [
      [9.4e9, 2],
      [18.8e9, 4],
    ] as const) {
      for (const ber of [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 2.4e-4]) {
        const foretold = predictedFrameLoss(bins(ber, codewords), codewords, interleave);
        expect(Number.isNaN(foretold) || foretold < 6e-10).toBe(true);
      }
      // Two codewords a second are lost here.
      expect(predictedFrameLoss(bins(5e-4, codewords), codewords, interleave)).toBeGreaterThan(6e-10);
    }
  });

  it('Poisson interval against the exact one', () => {
    // Garwood's exact limits.
    expect(poissonInterval(0).low).toBe(0);
    expect(poissonInterval(0).high).toBeCloseTo(3.689, 1);
    expect(poissonInterval(10).low).toBeCloseTo(4.795, 1);
    expect(poissonInterval(10).high).toBeCloseTo(18.39, 1);
    expect(poissonInterval(100).low).toBeCloseTo(81.36, 1);
    expect(poissonInterval(100).high).toBeCloseTo(121.63, 1);
  });

  it('the interval holds its count and narrows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (count) => {
        const { low, high } = poissonInterval(count);
        expect(low).toBeLessThan(count);
        expect(high).toBeGreaterThan(count);
        const wider = poissonInterval(Math.ceil(count / 2));
        expect((high - low) / count).toBeLessThanOrEqual((wider.high - wider.low) / Math.ceil(count / 2) + 1e-9);
      }),
    );
  });
});

describe('bit errors', () => {
  it('are judged at the limits, with their interval', () => {
    const [warning] = run([noisy(1e-5)]);
    expect(warning).toMatchObject({ kind: 'link-degraded', port: '1', severity: 'warning' });
    expect(warning?.evidence[0]?.text).toContain('95 %');
    expect(run([noisy(1e-4)])[0]).toMatchObject({ severity: 'critical' });
    expect(run(repeat(noisy(9e-6), 20))).toEqual([]);
  });

  it('add up until ten have been counted', () => {
    const few: Values = { ...clean, linkRateBitsPerSec: [1e6, 1e6], preFecBer: [2e-6, 0], correctedBitsPerSec: [2, 0] };
    // NRZ limits; 0.4 errors a poll: nothing can be said before 25 polls.
    expect(run(repeat({ ...few, correctedBitsPerSec: [0.4, 0] }, 24), 1000)).toEqual([]);
    expect(run(repeat({ ...few, correctedBitsPerSec: [0.4, 0] }, 26), 1000)).toHaveLength(1);
  });

  it('a decade above the own median for ten minutes, at any level', () => {
    const usual = repeat(noisy(1e-9), 720);
    expect(run([...usual, ...repeat(noisy(2e-8), 58)])).toEqual([]);
    const [told] = run([...usual, ...repeat(noisy(2e-8), 62)]);
    expect(told).toMatchObject({ kind: 'link-degraded', severity: 'warning' });
    expect(told?.evidence[0]?.text).toContain('usual for this link is 1.0e-9');
    expect(told?.startMs).toBe(720 * 10_000 + 590_000);
    expect(run([...usual, ...repeat(noisy(5e-9), 120)])).toEqual([]);
  });

  it('a link that nobody has watched for an hour has no median', () => {
    expect(run([...repeat(noisy(1e-9), 60), ...repeat(noisy(2e-8), 70)])).toEqual([]);
  });
});

describe('foretold frame loss', () => {
  const foretold = (loss: number): Values => ({ predictedFrameLossRatio: [loss, 0] });
  const window = (loss: number, before: Values = clean) => {
    const detectors = createDeviceDetectors('leaf0');
    const told = run(repeat(before, 12), 10_000, detectors);
    told.push(...detectors.advance(frame('leaf0', PORTS, 0, 120_000, foretold(loss)), UNKNOWN_NEIGHBOURS));
    return { detectors, told };
  };

  it('above the limit is a warning that says it is inferred, and stands until two windows later', () => {
    expect(window(5.9e-10).told).toEqual([]);
    const { detectors, told } = window(6.1e-10);
    expect(told).toMatchObject([{ kind: 'link-degraded', port: '1', severity: 'warning' }]);
    expect(told[0]?.evidence[0]).toMatchObject({
      metric: 'predictedFrameLossRatio',
      basis: 'inferred',
      value: 6.1e-10,
    });
    for (let second = 120; second < 600; second += 10)
      told.push(
        ...detectors.advance(frame('leaf0', PORTS, second * 1000, (second + 10) * 1000, clean), UNKNOWN_NEIGHBOURS),
      );
    expect(told.at(-1)?.endMs).toBe(360_000);
  });

  it('makes a lost codeword critical where too few were lost for a measured ratio', () => {
    const { detectors, told } = window(1e-8);
    told.push(...detectors.advance(frame('leaf0', PORTS, 120_000, 130_000, lost(0.1)), UNKNOWN_NEIGHBOURS));
    expect(told.map(({ severity }) => severity)).toEqual(['warning', 'critical']);
  });

  it('costs ports without bins no memory', () => {
    const detectors = createDeviceDetectors('leaf0');
    run(repeat(clean, 3), 10_000, detectors);
    expect(JSON.stringify(detectors.snapshot())).not.toContain('foretold');
  });
});

describe('uncorrectable codewords', () => {
  it('one is a warning, and told as a burst where bits are clean', () => {
    const [told] = run([...repeat(noisy(1e-8), 3), lost(0.1, 1e-8)]);
    expect(told).toMatchObject({ severity: 'warning' });
    expect(told?.evidence[0]?.text).toContain('burst errors');
    const [dying] = run([...repeat(noisy(9e-6), 3), lost(0.1, 9.9e-5)]);
    expect(dying?.evidence[0]?.text).not.toContain('burst');
  });

  it('five minutes with some in each are critical', () => {
    const minute = [lost(0.1), ...repeat(clean, 5)];
    const four = Array.from({ length: 4 }, () => minute).flat();
    expect(run([...four, clean]).map((episode) => episode.severity)).toEqual(['warning']);
    expect(run([...four, ...minute, ...minute]).map((episode) => episode.severity)).toEqual(['warning', 'critical']);
  });

  it('a frame loss ratio above the limit is critical within two minutes', () => {
    expect(run(repeat(lost(5), 8)).map((episode) => episode.severity)).toEqual(['warning', 'critical']);
  });

  it('mean nothing in the first minute after link-up', () => {
    const down: Values = { ...clean, linkUp: [0, 1] };
    const told = run([...repeat(clean, 3), down, ...repeat(lost(100), 6), ...repeat(clean, 5)]);
    expect(told.filter((episode) => episode.kind === 'link-degraded')).toEqual([]);
    const late = run([...repeat(clean, 3), down, ...repeat(clean, 7), lost(100)]);
    expect(late.filter((episode) => episode.kind === 'link-degraded')).toHaveLength(1);
  });

  it('are told once where FEC counters come in frames of their own', () => {
    const detectors = createDeviceDetectors('leaf0');
    const told: Episode[] = [];
    for (let second = 1; second <= 60; second++) {
      const state: Values = { linkRateBitsPerSec: [RATE, RATE], linkUp: [1, 1] };
      told.push(
        ...detectors.advance(frame('leaf0', PORTS, (second - 1) * 1000, second * 1000, state), UNKNOWN_NEIGHBOURS),
      );
      if (second % 10 !== 0) continue;
      const fec: Values = { correctedBitsPerSec: [0, 0], preFecBer: [0, 0], uncorrectablePerSec: [0.1, 0] };
      told.push(
        ...detectors.advance(frame('leaf0', PORTS, (second - 10) * 1000, second * 1000, fec), UNKNOWN_NEIGHBOURS),
      );
    }
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'link-degraded', endMs: null });
  });
});

describe('symbol errors', () => {
  const symbols = (perSec: number): Values => ({ ...clean, symbolErrorsPerSec: [perSec, 0] });

  it('some on Ethernet are none, many are a MAC fault', () => {
    expect(run([symbols(0.2)])).toEqual([]);
    const [told] = run([symbols(50)]);
    expect(told).toMatchObject({ severity: 'warning' });
    expect(told?.evidence[0]?.text).toContain('MAC fault');
  });

  it('any on InfiniBand is a warning', () => {
    const detectors = createDeviceDetectors('leaf0');
    const waits = frame('leaf0', PORTS, 0, 10_000, { xmitWaitFraction: [0, 0] }, 'bounded');
    expect(detectors.advance(waits, UNKNOWN_NEIGHBOURS)).toEqual([]);
    expect(run([symbols(0.1)], 10_000, detectors)[0]).toMatchObject({ kind: 'link-degraded', severity: 'warning' });
  });
});

describe('invariants', () => {
  const moods = [clean, noisy(1e-9), noisy(2e-5), lost(0.1), lost(50, 1e-4), { ...clean, linkUp: [0, 1] }];
  const day = fc.array(fc.tuple(fc.nat(moods.length - 1), fc.integer({ min: 1, max: 30 })), {
    minLength: 1,
    maxLength: 8,
  });
  const valuesOf = (runs: [number, number][]): Values[] => runs.flatMap(([mood, times]) => repeat(moods[mood]!, times));

  it('a healthy link stays silent', () => {
    expect(run(repeat(clean, 2000))).toEqual([]);
    expect(run(repeat(noisy(1e-8), 2000))).toEqual([]);
  });

  it('a restart at any index, repeated and late intervals change nothing', () => {
    fc.assert(
      fc.property(day, fc.nat(), (runs, where) => {
        const values = valuesOf(runs);
        let detectors = createDeviceDetectors('leaf0');
        const at = (index: number) => frame('leaf0', PORTS, index * 10_000, (index + 1) * 10_000, values[index]!);
        const told = values.flatMap((_, index) => {
          const episodes = [
            ...detectors.advance(at(index), UNKNOWN_NEIGHBOURS),
            ...detectors.advance(at(index), UNKNOWN_NEIGHBOURS),
            ...detectors.advance(at(Math.max(0, index - 2)), UNKNOWN_NEIGHBOURS),
          ];
          if (index === where % values.length) {
            const saved = JSON.parse(JSON.stringify(detectors.snapshot()));
            detectors = createDeviceDetectors('leaf0');
            detectors.restore(saved);
          }
          return episodes;
        });
        expect(told).toEqual(run(values));
      }),
      { numRuns: 40 },
    );
  });
});

describe('link error recoveries of InfiniBand', () => {
  it('any is a warning: a healthy link needs none', () => {
    const recovered: Values = { ...clean, linkRecoveriesPerSec: [0.1, 0] };
    expect(run([{ ...clean, linkRecoveriesPerSec: [0, 0] }])).toEqual([]);
    const [told] = run([recovered]);
    expect(told).toMatchObject({ kind: 'link-degraded', severity: 'warning', port: '1' });
    expect(told?.evidence[0]?.text).toBe('the link had to be trained again once without going down');
  });
});
