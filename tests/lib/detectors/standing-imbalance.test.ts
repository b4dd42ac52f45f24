import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DetectorConfig } from '../../../lib/detectors/config.ts';
import { createDeviceDetectors, type Episode } from '../../../lib/detectors/index.ts';
import { chanceVariation, judgeSpread, spreadOf } from '../../../lib/detectors/standing-imbalance/spread.ts';
import { frame, leafSpine, neighboursOf, type Values } from './frames.ts';

const PORTS = ['1', '2', '3', '4', '5'];
/** One host, four uplinks. */
const leaf = neighboursOf(leafSpine(1, 4, 1), 'leaf0');
const at = (uplinks: number[], rest: Values = {}): Values => ({
  txUtilFraction: [0.5, ...uplinks],
  linkRateBitsPerSec: [100e9, 100e9, 100e9, 100e9, 100e9],
  linkUp: [1, 1, 1, 1, 1],
  ...rest,
});
const even = at([0.5, 0.5, 0.5, 0.5]);
/** Golden case 9: 40, 20, 20, 20. */
const uneven = at([0.8, 0.4, 0.4, 0.4]);
const repeat = (value: Values, times: number): Values[] => Array.from({ length: times }, () => value);

function run(values: Values[], pollMs = 1000, config: Partial<DetectorConfig> = {}): Episode[] {
  const detectors = createDeviceDetectors('leaf0', config);
  return standing(
    values.flatMap((value, index) =>
      detectors.advance(frame('leaf0', PORTS, index * pollMs, (index + 1) * pollMs, value), leaf),
    ),
  );
}

function standing(told: Episode[]): Episode[] {
  return told.filter((episode) => episode.kind === 'uplink-imbalance');
}

describe('spread', () => {
  it('of golden case 9', () => {
    const spread = spreadOf([0.8, 0.4, 0.4, 0.4]);
    expect(spread?.maxOverMean).toBeCloseTo(1.6, 9);
    expect(spread?.variation).toBeCloseTo(0.346, 3);
    expect(spread?.maxUtil).toBe(0.8);
  });

  it('is called polarised only where flows are known', () => {
    const limits = { minMeanUtil: 0.1, ratio: 1.5, maxUtil: 0.7 };
    const idle = spreadOf([0.9, 0.9, 0.9, 0]);
    if (idle === null) throw new Error('a loaded group has a spread');
    expect(judgeSpread(idle, 4, { ...limits, flows: 0 })).toBe('imbalanced');
    expect(judgeSpread(idle, 4, { ...limits, flows: 64 })).toBe('polarised');
    const golden = spreadOf([0.8, 0.4, 0.4, 0.4]);
    if (golden === null) throw new Error('a loaded group has a spread');
    expect(chanceVariation(4, 12)).toBeCloseTo(0.5, 9);
    expect(judgeSpread(golden, 4, { ...limits, flows: 12 })).toBe('imbalanced');
    expect(judgeSpread(golden, 4, { ...limits, flows: 1000 })).toBe('polarised');
  });
});

describe('standing imbalance', () => {
  it.each([
    [1000, 30, 29],
    [5000, 15, 14],
    [500, 60, 59],
  ])('opens with the third window at a %i ms poll', (pollMs, enough, few) => {
    expect(run(repeat(uneven, few), pollMs)).toEqual([]);
    const [told] = run(repeat(uneven, enough), pollMs);
    expect(told).toMatchObject({ kind: 'uplink-imbalance', port: '2', severity: 'warning', startMs: 0, endMs: null });
    expect(told?.evidence[0]?.value).toBeCloseTo(1.6, 9);
  });

  it('ends with its last bad window', () => {
    const told = run([...repeat(uneven, 40), ...repeat(even, 60)]);
    expect(told.map((episode) => episode.endMs)).toEqual([null, 40_000]);
  });

  it('is one finding, whichever of two full members is fuller', () => {
    const swap = (second: number): Values => at(second % 20 < 10 ? [0.9, 0.85, 0.1, 0.1] : [0.85, 0.9, 0.1, 0.1]);
    const told = run(Array.from({ length: 90 }, (_, second) => swap(second)));
    expect(told).toHaveLength(1);
  });

  it.each([
    ['an even group', even],
    ['a fullest member with room', at([0.6, 0.2, 0.2, 0.2])],
    ['nearly no load', at([0.3, 0, 0, 0])],
    ['a member that is down', at([0.7, 0.7, 0.7, 0], { linkUp: [1, 1, 1, 1, 0] })],
    ['a member below its rate', at([0.4, 0.4, 0.4, 0.8], { linkRateBitsPerSec: [100e9, 100e9, 100e9, 100e9, 25e9] })],
  ] satisfies [string, Values][])('says nothing of %s', (_name, value) => {
    expect(run(repeat(value, 120))).toEqual([]);
  });

  it('says nothing of two bad windows with a good one after them', () => {
    const values = Array.from({ length: 12 }, () => [...repeat(uneven, 20), ...repeat(even, 10)]).flat();
    expect(run(values)).toEqual([]);
  });

  it('is critical once the flows are known and chance is ruled out', () => {
    expect(run(repeat(uneven, 30), 1000, { uplinkFlows: 1000 })[0]).toMatchObject({ severity: 'critical' });
  });
});

describe('invariants', () => {
  const moods = [even, uneven, at([0.9, 0.1, 0.1, 0.1]), at([0.1, 0.1, 0.9, 0.9])];
  const day = fc.array(fc.tuple(fc.nat(moods.length - 1), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 6,
  });

  it('a restart, repeated and late intervals change nothing', () => {
    fc.assert(
      fc.property(day, fc.nat(), (runs, where) => {
        const values = runs.flatMap(([mood, times]) => repeat(moods[mood]!, times));
        let detectors = createDeviceDetectors('leaf0');
        const of = (index: number) => frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, values[index]!);
        const told = values.flatMap((_, index) => {
          const episodes = [
            ...detectors.advance(of(index), leaf),
            ...detectors.advance(of(index), leaf),
            ...detectors.advance(of(Math.max(0, index - 3)), leaf),
          ];
          if (index === where % values.length) {
            const saved = JSON.parse(JSON.stringify(detectors.snapshot()));
            detectors = createDeviceDetectors('leaf0');
            detectors.restore(saved);
          }
          return episodes;
        });
        expect(standing(told)).toEqual(run(values));
      }),
      { numRuns: 40 },
    );
  });
});
