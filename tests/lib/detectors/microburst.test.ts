import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeviceDetectors, type Episode } from '../../../lib/detectors/index.ts';
import { leastBurstSeconds } from '../../../lib/detectors/microburst/duration.ts';
import { isUnusual } from '../../../lib/detectors/unusual-level.ts';
import { frame, leafSpine, neighboursOf, type Values } from './frames.ts';

const PORTS = ['1', '2', '3'];
const leaf = neighboursOf(leafSpine(1, 1, 2), 'leaf0');
const KIB = 1024;
/** Watermarks wander between 100 and 149 KiB. */
const usual = (second: number): Values => ({
  txUtilFraction: [0.3, 0.3, 0.3],
  rxBytesPerSec: [1e9, 1e9, 1e9],
  rxPauseFraction: [0, 0, 0],
  ecnMarkFraction: [0, 0, 0],
  linkRateBitsPerSec: [100e9, 100e9, 100e9],
  queueWatermarkBytes: [(100 + ((second * 37) % 50)) * KIB, 100 * KIB, 100 * KIB],
});
const burst = (second: number): Values => ({
  ...usual(second),
  ecnMarkFraction: [0.02, 0, 0],
  queueWatermarkBytes: [1000 * KIB, 100 * KIB, 100 * KIB],
});

function run(values: Values[], detectors = createDeviceDetectors('leaf0')): Episode[] {
  return values.flatMap((value, index) =>
    detectors.advance(frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, value), leaf),
  );
}

const learned = Array.from({ length: 120 }, (_, second) => usual(second));

describe('microburst', () => {
  it('is told as information, with the least time it can have lasted', () => {
    const [told] = run([...learned, burst(120)]);
    expect(told).toMatchObject({ kind: 'microburst', port: '1', severity: 'info', startMs: 120_000 });
    const bits = 1000 * KIB * 8;
    // Two other ports of the same rate received: at most two senders.
    expect(told?.evidence.at(-1)).toMatchObject({ unit: 'seconds', value: bits / 100e9 + bits / 100e9 });
    expect(told?.evidence.at(-1)?.text).toContain('at least');
  });

  it.each([
    ['before the port is known', [...learned.slice(0, 50), burst(50)]],
    ['without marks', [...learned, { ...burst(120), ecnMarkFraction: [0.005, 0, 0] }]],
    ['at a busy port', [...learned, { ...burst(120), txUtilFraction: [0.6, 0.3, 0.3] }]],
    ['at a port that its peer holds', [...learned, { ...burst(120), rxPauseFraction: [0.05, 0, 0] }]],
    ['where the load is not known', [...learned, { ...burst(120), txUtilFraction: [Number.NaN, 0.3, 0.3] }]],
    ['with its usual queue', [...learned, { ...burst(120), queueWatermarkBytes: [140 * KIB, 0, 0] }]],
  ] satisfies [string, Values[]][])('is not told %s', (_name, values) => {
    expect(run(values)).toEqual([]);
  });

  it('is seen where queue counters come every ten seconds', () => {
    const detectors = createDeviceDetectors('leaf0');
    const told: Episode[] = [];
    for (let second = 1; second <= 1300; second++) {
      const {
        queueWatermarkBytes: marks = [],
        ecnMarkFraction: ecn = [],
        ...rest
      } = second === 1300 ? burst(second) : usual(second);
      told.push(...detectors.advance(frame('leaf0', PORTS, (second - 1) * 1000, second * 1000, rest), leaf));
      if (second % 10 !== 0) continue;
      const queues: Values = { queueWatermarkBytes: marks, ecnMarkFraction: ecn };
      told.push(...detectors.advance(frame('leaf0', PORTS, (second - 10) * 1000, second * 1000, queues), leaf));
    }
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'microburst', severity: 'info', startMs: 1_290_000 });
  });

  it('needs at least the time to fill and to drain', () => {
    expect(leastBurstSeconds(1_250_000, 100e9, 2)).toBeCloseTo(200e-6, 9);
    expect(leastBurstSeconds(1_250_000, 100e9, 11)).toBeCloseTo(110e-6, 9);
    expect(leastBurstSeconds(1_250_000, 100e9, Number.NaN)).toBeCloseTo(100e-6, 9);
    expect(leastBurstSeconds(1, Number.NaN, 2)).toBeNaN();
  });
});

describe('unusual level', () => {
  it('lies where one interval in a hundred is above, whatever the scale', () => {
    for (const scale of [1, 1e6]) {
      const level = { level: new Float64Array(1).fill(Number.NaN), watched: new Float64Array(1).fill(Number.NaN) };
      let state = 12_345;
      let above = 0;
      for (let index = 0; index < 40_000; index++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        const value = (0.2 + -Math.log(1 - state / 2 ** 32)) * scale;
        if (isUnusual(level, 0, value, 100)) above++;
      }
      expect(above / 40_000).toBeGreaterThan(0.005);
      expect(above / 40_000).toBeLessThan(0.015);
    }
  });
});

describe('invariants', () => {
  const day = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });

  it('a restart, repeated and late intervals change nothing', () => {
    fc.assert(
      fc.property(day, fc.nat(), (bursts, where) => {
        const values = [...learned, ...bursts.map((is, index) => (is ? burst(120 + index) : usual(120 + index)))];
        let detectors = createDeviceDetectors('leaf0');
        const at = (index: number) => frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, values[index]!);
        const told = values.flatMap((_, index) => {
          const episodes = [
            ...detectors.advance(at(index), leaf),
            ...detectors.advance(at(index), leaf),
            ...detectors.advance(at(Math.max(0, index - 3)), leaf),
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
      { numRuns: 30 },
    );
  });
});
