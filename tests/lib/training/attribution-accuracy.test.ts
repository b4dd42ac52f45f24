import { describe, expect, it } from 'vitest';
import { createTraining } from '../../../lib/training/index.ts';
import { endOf, impact, network } from './make-steps.ts';
import { makeWorld, polled, type WorldOptions } from './storm-world.ts';

interface Score {
  accuracy: number;
  coverage: number;
  bias: number;
  localBlamed: number;
  confirmedRight: number;
}

/** Blame over the steps that lost at least 5 % to one side clearly, and lost time over all. */
function score(options: WorldOptions, pollMs: number, skewMs = 0, errorMs = 0): Score {
  const world = makeWorld(options);
  const training = createTraining({ openSteps: 10_000, reviseMs: 1e9 });
  training.addSteps(world.records);
  const impacts = polled(world, pollMs, 370, skewMs, errorMs).map((segments, i) =>
    impact(segments, { incidentId: `storm-${i}` }),
  );
  const { verdicts, jobs } = training.judge(
    endOf(world.records),
    network(impacts, { watchedFraction: 1, congestedFraction: 0.1 }),
  );
  const count = { scored: 0, answered: 0, right: 0, local: 0, localBlamed: 0, confirmed: 0, confirmedRight: 0 };
  for (const verdict of verdicts) {
    const truth = world.truth[verdict.step];
    if (!truth || verdict.step < 10) continue;
    const lost = truth.network + truth.local;
    const dominant = Math.max(truth.network, truth.local) / lost;
    if (lost < 0.15 || dominant < 0.65) continue;
    count.scored++;
    const isNetwork = truth.network > truth.local;
    if (!isNetwork) count.local++;
    if (!isNetwork && verdict.verdict === 'network') count.localBlamed++;
    // Without rank data a late rank cannot be proven: not blaming the network for it is the right answer.
    const said = verdict.verdict === 'network';
    if (isNetwork ? verdict.verdict === 'network' || verdict.verdict === 'not-network' : true) count.answered++;
    if (said === isNetwork) count.right++;
    if (verdict.label === 'confirmed' && said) {
      count.confirmed++;
      if (isNetwork) count.confirmedRight++;
    }
  }
  const want = world.truth.reduce((sum, truth) => sum + truth.network, 0);
  return {
    accuracy: count.right / count.answered,
    coverage: count.answered / count.scored,
    bias: (jobs[0]?.lostToNetworkSeconds ?? 0) / want - 1,
    localBlamed: count.localBlamed / Math.max(1, count.local),
    confirmedRight: count.confirmed === 0 ? 1 : count.confirmedRight / count.confirmed,
  };
}

const SEEDS = [11, 12, 13];
const mean = (scores: Score[], of: (one: Score) => number) =>
  scores.reduce((sum, one) => sum + of(one), 0) / scores.length;

/** Without rank data, causes 120 s and 30 s apart; fixed seeds, so the bars stand close below what was measured. */
describe.each([
  { everySeconds: 120, pollMs: 1000, accuracy: 0.99, bias: 0.05 },
  { everySeconds: 120, pollMs: 5000, accuracy: 0.98, bias: 0.05 },
  { everySeconds: 120, pollMs: 10_000, accuracy: 0.96, bias: 0.05 },
  { everySeconds: 30, pollMs: 1000, accuracy: 0.98, bias: 0.05 },
  { everySeconds: 30, pollMs: 5000, accuracy: 0.97, bias: 0.05 },
  { everySeconds: 30, pollMs: 10_000, accuracy: 0.95, bias: 0.05 },
])(
  'storms and late ranks every $everySeconds s seen at $pollMs ms polls',
  ({ everySeconds, pollMs, accuracy, bias }) => {
    const scores = SEEDS.map((seed) => score({ seed, steps: 1500, everySeconds }, pollMs));

    it(`blames rightly in at least ${accuracy} of its answers`, () => {
      expect(mean(scores, (one) => one.accuracy)).toBeGreaterThanOrEqual(accuracy);
      expect(mean(scores, (one) => one.coverage)).toBeGreaterThanOrEqual(0.85);
    });

    it(`counts lost time within ${bias}`, () => {
      expect(Math.abs(mean(scores, (one) => one.bias))).toBeLessThanOrEqual(bias);
    });

    it('is right when it says confirmed', () => {
      expect(mean(scores, (one) => one.confirmedRight)).toBeGreaterThanOrEqual(0.95);
    });
  },
);

describe('clocks that differ', () => {
  it('padding by the known bound keeps blame right under a skew of a second', () => {
    const skewed = SEEDS.map((seed) => score({ seed, steps: 1500, everySeconds: 120 }, 1000, 1000, 1000));
    expect(mean(skewed, (one) => one.accuracy)).toBeGreaterThanOrEqual(0.93);
    const unaware = SEEDS.map((seed) => score({ seed, steps: 1500, everySeconds: 120 }, 1000, 1000, 0));
    expect(mean(unaware, (one) => one.coverage * one.accuracy)).toBeLessThan(
      mean(skewed, (one) => one.coverage * one.accuracy),
    );
  });
});
