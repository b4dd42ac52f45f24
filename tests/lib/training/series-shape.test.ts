import { describe, expect, it } from 'vitest';
import { TRAINING_DEFAULTS as config, createTraining } from '../../../lib/training/index.ts';
import { findLevelShifts } from '../../../lib/training/level-shift.ts';
import { findPeriods } from '../../../lib/training/periodic.ts';
import { placeSteps } from '../../../lib/training/segments.ts';
import { coincidenceP, falseDiscoveries } from '../../../lib/training/significance.ts';
import type { StepEntry } from '../../../lib/training/step-entry.ts';
import { drawFrom, endOf, gauss, network, QUIET, series, storm } from './make-steps.ts';

const usual = { ln: Math.log(2), spread: 0.02 };
const points = (n: number, rise: (i: number) => number, seed = 3, noise = 0.02) => {
  const draw = drawFrom(seed);
  return Array.from({ length: n }, (_, i) => ({ lnSeconds: usual.ln + noise * gauss(draw) + rise(i), usual }));
};

describe('level shifts', () => {
  it('finds a change of 3 spreads within a few steps of its begin, and its end', () => {
    const [shift, ...more] = findLevelShifts(
      points(300, (i) => (i >= 100 && i < 200 ? 0.06 : 0)),
      config,
    );
    expect(more).toEqual([]);
    expect(shift?.direction).toBe('slower');
    expect(Math.abs((shift?.from ?? 0) - 100)).toBeLessThanOrEqual(5);
    expect(Math.abs((shift?.to ?? 0) - 200)).toBeLessThanOrEqual(8);
  });

  it.each([
    ['a burst of ten slow steps', (i: number) => (i >= 100 && i < 110 ? 0.5 : 0)],
    ['a lasting change below 5 %', (i: number) => (i >= 100 ? 0.035 : 0)],
    ['hiccups', (i: number) => (i % 9 === 0 ? 0.3 : 0)],
  ])('is not fooled by %s', (_name, rise) => {
    expect(findLevelShifts(points(300, rise), config)).toEqual([]);
  });

  it('says when a job became faster', () => {
    const [shift] = findLevelShifts(
      points(200, (i) => (i >= 120 ? -0.2 : 0)),
      config,
    );
    expect(shift).toMatchObject({ direction: 'faster' });
    expect(Math.abs((shift?.from ?? 0) - 120)).toBeLessThanOrEqual(3);
  });

  it('stays silent over 20,000 steps of noise', () => {
    expect(
      findLevelShifts(
        points(20_000, () => 0, 5),
        config,
      ),
    ).toEqual([]);
  });
});

describe('periods', () => {
  const every = (n: number, first: number, period: number, size = 8) =>
    Array.from({ length: n }, (_, i) => ({ step: first + i * period, excessSeconds: size }));

  it('needs four periods', () => {
    expect(findPeriods(every(3, 49, 50), config)).toEqual([]);
    expect(findPeriods(every(4, 49, 50), config)).toMatchObject([{ period: 50, residue: 49, firstStep: 49 }]);
  });

  it('survives one miss in five and other slow steps between', () => {
    const missed = every(5, 49, 50).filter((suspect) => suspect.step !== 149);
    const between = [70, 131, 188].map((step) => ({ step, excessSeconds: 0.5 }));
    const suspects = [...missed, ...between].sort((a, b) => a.step - b.step);
    expect(findPeriods(suspects, config)).toMatchObject([{ period: 50, residue: 49 }]);
  });

  it('ignores anything that recurs more often than every tenth step', () => {
    expect(findPeriods(every(6, 5, 7), config)).toEqual([]);
  });

  it('finds no period in slow steps at random, sparse or dense', () => {
    let found = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const draw = drawFrom(seed);
      const density = 0.01 + 0.09 * draw();
      const suspects = [];
      for (let step = 0; step < 600; step++) if (draw() < density) suspects.push({ step, excessSeconds: 0.5 + draw() });
      found += findPeriods(suspects, config).length;
    }
    expect(found).toBeLessThanOrEqual(2);
  });
});

describe('segments', () => {
  const entry = (step: number, startMs: number, tags: string[] = []): StepEntry => ({
    step,
    rows: [{ rank: null, startMs, endMs: startMs + 900 }],
    averagedOver: 1,
    arrivalTimed: false,
    tags,
  });
  const shape = (entries: StepEntry[], carry: Parameters<typeof placeSteps>[1] = null) =>
    placeSteps(entries, carry).map(({ entry: { step }, segment, index }) => [step, segment, index]);

  it('begins anew where ids fall, repeat, or a restart is tagged', () => {
    const run = [7, 8, 9, 10, 11, 12].map((step, i) => entry(step, 1000 * i));
    expect(shape([...run, entry(0, 9000), entry(1, 10_000)]).slice(-2)).toEqual([
      [0, 1, 0],
      [1, 1, 1],
    ]);
    expect(shape([...run, entry(12, 99_000)]).at(-1)).toEqual([12, 1, 0]);
    expect(shape([...run, entry(13, 6000, ['restart'])]).at(-1)).toEqual([13, 1, 0]);
  });

  it('continues after final steps, or begins anew after them', () => {
    const carry = { segment: 3, nextIndex: 40, lastStep: 99 };
    expect(shape([entry(100, 0)], carry)).toEqual([[100, 3, 40]]);
    expect(shape([entry(50, 0)], carry)).toEqual([[50, 4, 0]]);
  });
});

describe('significance', () => {
  const open = (excess: (i: number) => number) =>
    Array.from({ length: 1000 }, (_, i) => ({
      startMs: 2000 * i,
      endMs: 2000 * (i + 1),
      seconds: excess(i),
      errorMs: 0,
    }));

  it('is not computed below 500 steps or without a track', () => {
    expect(coincidenceP(open(() => 1).slice(0, 400), storm(0, 5000), config)).toBeNull();
    expect(
      coincidenceP(
        open(() => 1),
        [],
        config,
      ),
    ).toBeNull();
  });

  it('two true episodes among 1,000 steps stand out', () => {
    const track = [...storm(600_000, 606_000), ...storm(1_300_000, 1_306_000)];
    const slow = new Set([300, 301, 302, 650, 651, 652]);
    expect(
      coincidenceP(
        open((i) => (slow.has(i) ? 0.8 : 0)),
        track,
        config,
      ),
    ).toBeLessThanOrEqual(0.01);
  });

  it('bursts that have nothing to do with each other rarely coincide', () => {
    let rejected = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const draw = drawFrom(seed);
      const begins = Array.from({ length: 8 }, () => Math.floor(990 * draw()));
      const track = Array.from({ length: 8 }, () => 1000 * Math.floor(1990 * draw())).flatMap((at) =>
        storm(at, at + 6000),
      );
      const p = coincidenceP(
        open((i) => (begins.some((at) => i >= at && i < at + 4) ? 1 : 0)),
        track,
        config,
      );
      if ((p ?? 1) <= 0.01) rejected++;
    }
    expect(rejected).toBeLessThanOrEqual(4);
  });

  it('false discoveries follow Benjamini and Hochberg', () => {
    expect(falseDiscoveries([0.01, 0.04, 0.03, 0.005, null], 0.05)).toEqual([true, true, true, true, false]);
    expect(falseDiscoveries([0.02, 0.9, 0.9], 0.05)).toEqual([false, false, false]);
  });
});

describe('a healthy job', () => {
  it.each([
    [0.01, 0],
    [0.02, 1],
    [0.04, 2],
  ])('of natural spread %d has at most %d false slow steps in 20,000', (noise, allowed) => {
    const records = series({ steps: 20_000, noise, seed: 9 });
    const training = createTraining({ openSteps: 4000 });
    for (let i = 0; i < records.length; i += 4000) {
      const batch = records.slice(i, i + 4000);
      training.addSteps(batch);
      training.judge(endOf(batch), network([], QUIET));
    }
    expect(training.summaries()[0]?.slowSteps).toBeLessThanOrEqual(allowed);
  });
});
