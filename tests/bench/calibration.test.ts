import { describe, expect, it } from 'vitest';
import { type Answer, answersOf, calibrationError, reliability, rightShare } from '../../bench/accuracy/calibration.ts';
import { bootstrapIntervals } from '../../bench/accuracy/intervals.ts';
import { score } from '../../bench/accuracy/score.ts';
import type { Tally, Truth } from '../../bench/accuracy/tally.ts';
import type { ReplayResult } from '../../lib/replay/index.ts';

const answer = (confidence: number, right: boolean): Answer => ({ about: 'step', confidence, label: null, right });

describe('calibration', () => {
  it('compares confidence with the share of right answers, tenth by tenth', () => {
    const answers = [answer(0.9, true), answer(0.95, true), answer(1, false), answer(0.55, true), answer(0.55, false)];
    expect(reliability(answers)).toEqual([
      { from: 0.5, answers: 2, meanConfidence: 0.55, rightShare: 0.5 },
      { from: 0.9, answers: 3, meanConfidence: expect.closeTo(0.95, 9), rightShare: expect.closeTo(2 / 3, 9) },
    ]);
    expect(calibrationError(answers)).toBeCloseTo((2 / 5) * 0.05 + (3 / 5) * (0.95 - 2 / 3), 9);
  });

  it('says nothing of no answers', () => {
    expect(calibrationError([])).toBeNull();
    expect(rightShare([])).toBeNull();
    expect(reliability([])).toEqual([]);
  });

  it('takes answers from a replay: unknown is none, blaming a clean step is wrong, clearing it is right', () => {
    const truth: Truth = {
      scenario: 'x',
      durationMs: 1000,
      faults: [],
      steps: {
        job: [
          [1, 2],
          [2, 2],
          [3, 2],
          [4, 2],
        ],
      },
      networkLostSeconds: {},
      doNotScoreSteps: [['job', 4]],
    };
    const step = (number: number, verdict: string) => ({
      job: 'job',
      step: number,
      verdict,
      confidence: 0.9,
      label: 'likely',
    });
    const verdicts = [step(1, 'network'), step(2, 'not-network'), step(3, 'unknown'), step(4, 'network')];
    const said = { verdicts, incidents: [], jobs: [], problems: [] } as unknown as ReplayResult;
    const tally = { wrong: [], falseList: [] } as unknown as Tally;
    expect(answersOf(said, truth, tally).map(({ right }) => right)).toEqual([false, true]);
  });
});

describe('bootstrap intervals', () => {
  const truth = (scenario: string): Truth => ({
    scenario,
    durationMs: 1000,
    faults: [],
    steps: {},
    networkLostSeconds: { job: 10 },
    doNotScoreSteps: [],
  });
  const said = (seconds: number) => ({
    incidents: [],
    steps: [],
    jobs: [{ job: 'job', steps: 1, slowSteps: 1, lostSeconds: seconds, lostToNetworkSeconds: seconds }],
  });
  const tallies = [10, 11, 12, 10, 9].map((seconds, i) => score(said(seconds), truth(`s${i}`)));

  it('are the same for the same seed and hold what was measured', () => {
    const [low, high] = bootstrapIntervals(tallies, 1).lostBiasMeanAbs!;
    expect(bootstrapIntervals(tallies, 1).lostBiasMeanAbs).toEqual([low, high]);
    expect(low).toBeLessThan(0.08);
    expect(high).toBeGreaterThan(0.08);
    expect(high).toBeLessThanOrEqual(0.2);
  });

  it('draw the phases of one recording together', () => {
    const one = [8, 12].map((seconds) => score(said(seconds), truth('same')));
    expect(bootstrapIntervals(one, 1).lostBiasMeanAbs).toEqual([0.2, 0.2]);
  });
});
