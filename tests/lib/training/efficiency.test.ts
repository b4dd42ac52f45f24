import { describe, expect, it } from 'vitest';
import { createTraining, jobEfficiency, predictedScaling, scalingEfficiency } from '../../../lib/training/index.ts';
import { endOf, impact, network, QUIET, series, storm } from './make-steps.ts';

describe('efficiency', () => {
  it('divides the waste of a job between the network and the rest', () => {
    const records = series({ steps: 100, noise: 0.002, extra: (i) => (i === 50 ? 3 : i === 80 ? 1 : 0) });
    const training = createTraining();
    training.addSteps(records);
    const at = records[50]!.startMs;
    const { verdicts } = training.judge(endOf(records), network([impact(storm(at, at + 4000))], QUIET));
    const efficiency = jobEfficiency(verdicts, 16);
    expect(efficiency?.slowdown).toBeCloseTo((98 * 2 + 4) / (98 * 2), 2);
    expect(efficiency?.networkShareOfWaste).toBeCloseTo(0.74, 1);
    expect(efficiency?.gpuHoursLostToNetwork).toBeCloseTo((16 * 3) / 3600, 3);
    expect(efficiency?.secondsWithout['incident-1']).toBeCloseTo((efficiency?.seconds ?? 0) - 3, 1);
    expect(efficiency!.gpuHoursLost!).toBeGreaterThanOrEqual(efficiency!.gpuHoursLostToNetwork!);
  });

  it('a lasting slow-down is waste although no step stands out', () => {
    const quick = series({ steps: 1800, noise: 0.01 });
    const training = createTraining({ openSteps: 10_000 });
    training.addSteps(quick);
    training.addSteps(series({ steps: 1800, seconds: 2.4, firstStep: 1800, startMs: endOf(quick), noise: 0.01 }));
    const { verdicts } = training.judge(1e8, network([], QUIET));
    expect(jobEfficiency(verdicts, null)).toMatchObject({ gpuHoursLost: null });
    expect(jobEfficiency(verdicts, null)?.slowdown).toBeGreaterThan(1.08);
  });

  it('says nothing where nothing was judged, and scales as defined', () => {
    expect(jobEfficiency([], 8)).toBeNull();
    expect(scalingEfficiency({ ranks: 64, throughput: 56 }, { ranks: 8, throughput: 8 })).toBeCloseTo(0.875, 10);
    expect(predictedScaling(0.5, 0.2)).toBeCloseTo(0.8, 10);
  });
});
