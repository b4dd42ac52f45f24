import { describe, expect, it } from 'vitest';
import type { JobPlacement } from '../../../lib/topology/types.ts';
import { createTraining, explainStep, TRAINING_DEFAULTS, type TrainingConfig } from '../../../lib/training/index.ts';
import type { StepRecord, StepVerdict } from '../../../lib/training/step.ts';
import { causesTotal, drawFrom, endOf, impact, network, QUIET, series, storm } from './make-steps.ts';

const placement = (rest: Partial<JobPlacement> = {}): JobPlacement => ({
  job: 'job',
  hosts: [],
  ranks: [],
  source: 'api',
  ...rest,
});

function judge(records: readonly StepRecord[], view = network([], QUIET), config: Partial<TrainingConfig> = {}) {
  const training = createTraining(config);
  training.addSteps(records);
  const changes = training.judge(endOf(records), view, { flush: true });
  return { training, ...changes, slow: changes.verdicts.filter((verdict) => verdict.slow) };
}

const at = (verdicts: readonly StepVerdict[], step: number) => verdicts.find((verdict) => verdict.step === step);

describe('what different sources can show', () => {
  it('without rank data a storm is blamed, but never confirmed, and says what was not visible', () => {
    const records = series({ steps: 60, extra: (i) => (i === 40 ? 2 : 0) });
    const start = records[40]!.startMs;
    const { slow } = judge(
      records,
      network([impact(storm(start, start + 3000))], { watchedFraction: 1, congestedFraction: 0.1 }),
    );
    expect(slow.map((verdict) => [verdict.step, verdict.verdict, verdict.label])).toEqual([[40, 'network', 'likely']]);
    expect(slow[0]?.notVisible.join()).toContain('no rank reported');
    expect(slow[0]?.confidence).toBeLessThanOrEqual(0.7);
  });

  it('with rank data the same storm is confirmed', () => {
    const records = series({ steps: 60, ranks: 8, extra: (i) => (i === 40 ? 2 : 0) });
    const start = records.find((record) => record.step === 40)!.startMs;
    const { slow } = judge(
      records,
      network([impact(storm(start, start + 3000))], { watchedFraction: 1, congestedFraction: 0.1 }),
    );
    expect(slow.map((verdict) => [verdict.step, verdict.verdict, verdict.label])).toEqual([
      [40, 'network', 'confirmed'],
    ]);
    expect(explainStep(slow[0]!)).toContain('slow because of the network (confirmed)');
  });

  it('a late rank during a storm is not laid at the door of the network', () => {
    const records = series({ steps: 60, ranks: 8, late: (i) => (i === 40 ? { rank: 2, seconds: 1 } : undefined) });
    const start = records.find((record) => record.step === 40)!.startMs;
    const { slow } = judge(
      records,
      network([impact(storm(start, start + 3000))], { watchedFraction: 1, congestedFraction: 0.1 }),
    );
    expect(slow[0]).toMatchObject({ step: 40, verdict: 'not-network' });
    expect(slow[0]?.causes.some((cause) => cause.incident !== null)).toBe(false);
  });

  it('where only communication times are told, the rank that waits least is the late one', () => {
    const records = series({
      steps: 60,
      ranks: 6,
      compute: false,
      late: (i) => (i === 30 ? { rank: 4, seconds: 0.8 } : undefined),
    }).map((record): StepRecord => {
      const ms = record.endMs - record.startMs;
      const own = 800 + (record.step === 30 && record.rank === 4 ? 800 : 0) + ((record.rank ?? 0) % 3);
      return { ...record, phasesMs: { communication: ms - own } };
    });
    const { slow } = judge(records);
    expect(slow).toHaveLength(1);
    expect(slow[0]?.causes[0]).toMatchObject({ kind: 'compute-straggler', rank: 4 });
  });

  it('all ranks communicating longer is never a straggler', () => {
    const records = series({ steps: 60, ranks: 6, compute: false, extra: (i) => (i === 30 ? 1 : 0) }).map(
      (record): StepRecord => ({ ...record, phasesMs: { communication: record.endMs - record.startMs - 800 } }),
    );
    const { slow } = judge(records, network([], { watchedFraction: 0.5, congestedFraction: 0 }));
    expect(slow.map((verdict) => [verdict.step, verdict.verdict])).toEqual([[30, 'unknown']]);
    expect(slow[0]?.causes).toEqual([expect.objectContaining({ kind: 'unexplained' })]);
    expect(slow[0]?.notVisible.join()).toContain('50 % of the ports');
  });

  it('all ranks longer beside the communication that is told clear nobody: more may be communicated than that', () => {
    const records = series({ steps: 60, ranks: 6, compute: false, extra: (i) => (i === 30 ? 1 : 0) }).map(
      (record): StepRecord => ({ ...record, phasesMs: { communication: 200 + ((record.rank ?? 0) % 3) } }),
    );
    const { slow } = judge(records, network([], { watchedFraction: 0.5, congestedFraction: 0 }));
    expect(slow.map((verdict) => [verdict.step, verdict.verdict])).toEqual([[30, 'unknown']]);
    expect(slow[0]?.causes).toEqual([expect.objectContaining({ kind: 'unexplained' })]);
  });

  it('data loading that took longer is a data stall of that rank', () => {
    const records = series({
      steps: 60,
      ranks: 6,
      late: (i) => (i === 30 ? { rank: 3, seconds: 1.5 } : undefined),
    }).map(
      (record): StepRecord => ({
        ...record,
        phasesMs: { dataLoad: record.step === 30 && record.rank === 3 ? 1550 : 50 },
      }),
    );
    const { slow } = judge(records);
    expect(slow[0]).toMatchObject({ step: 30, verdict: 'not-network' });
    expect(slow[0]?.causes[0]).toMatchObject({ kind: 'data-stall', rank: 3 });
    expect(slow[0]?.causes.some((cause) => cause.kind === 'compute-straggler')).toBe(false);
  });

  it('all ranks late together wait for something they share', () => {
    const records = series({ steps: 60, ranks: 6, extra: (i) => (i === 30 ? 1 : 0) }).map(
      (record): StepRecord =>
        record.step === 30 ? { ...record, computeEndMs: (record.computeEndMs ?? 0) + 1000 } : record,
    );
    const { slow } = judge(records);
    expect(slow).toHaveLength(1);
    expect(slow[0]).toMatchObject({ step: 30, verdict: 'not-network' });
    expect(slow[0]?.causes[0]).toMatchObject({ kind: 'data-stall' });
    expect(slow[0]?.causes[0]?.rank).toBeUndefined();
  });

  it('a measured checkpoint explains its step, a tagged one is left out', () => {
    const records = series({ steps: 60, ranks: 4, extra: (i) => (i === 30 || i === 45 ? 3 : 0) }).map(
      (record): StepRecord => {
        if (record.step === 30) return { ...record, phasesMs: { checkpoint: 3000 } };
        if (record.step === 45) return { ...record, tags: ['checkpoint'] };
        return record;
      },
    );
    const { slow, verdicts } = judge(records);
    expect(slow.map((verdict) => verdict.step)).toEqual([30]);
    expect(slow[0]).toMatchObject({ verdict: 'not-network' });
    expect(slow[0]?.causes[0]).toMatchObject({ kind: 'checkpoint', incident: null });
    expect(at(verdicts, 45)).toMatchObject({ slow: false, verdict: null, flags: ['excluded', 'checkpoint'] });
  });

  it('a rank that began late is seen although its own step was short', () => {
    const records = series({ steps: 60, ranks: 6, extra: (i) => (i === 30 ? 1 : 0) }).map((record): StepRecord => {
      if (record.step !== 30 || record.rank !== 2) return record;
      return { ...record, startMs: record.startMs + 1000, computeEndMs: (record.computeEndMs ?? 0) + 1000 };
    });
    const { slow } = judge(records);
    expect(slow[0]?.causes[0]).toMatchObject({ kind: 'compute-straggler', rank: 2 });
    expect(slow[0]?.reasons.join()).toContain('began the step late');
  });

  it('clocks that differ by a second neither lengthen a step nor make a rank late', () => {
    const records = series({ steps: 60, ranks: 6 }).map((record): StepRecord => {
      const offMs = record.rank === 1 ? 1000 : record.rank === 4 ? -900 : 0;
      return {
        ...record,
        startMs: record.startMs + offMs,
        endMs: record.endMs + offMs,
        computeEndMs: (record.computeEndMs ?? 0) + offMs,
      };
    });
    const { slow, verdicts } = judge(records);
    expect(slow).toEqual([]);
    expect(at(verdicts, 30)?.durationSeconds).toBeLessThan(2.1);
  });

  it('a mean over n steps counts n times, is blamed for n times the excess, and names no step', () => {
    const means: StepRecord[] = [];
    let endMs = 0;
    for (let line = 1; line <= 40; line++) {
      const mean = line === 30 ? 2500 : 2000 + (line % 3);
      endMs += 10 * mean;
      means.push({ job: 'job', step: 10 * line, startMs: endMs - mean, endMs, averagedOver: 10 });
    }
    const from = means[29]!.endMs - 15_000;
    const { slow, jobs, incidentCosts } = judge(
      means,
      network([impact(storm(from, from + 6000))], { watchedFraction: 1, congestedFraction: 0.1 }),
    );
    expect(slow).toHaveLength(1);
    expect(slow[0]).toMatchObject({ step: 300, verdict: 'network' });
    expect(slow[0]?.label).not.toBe('confirmed');
    expect(slow[0]?.flags).toContain('averaged');
    expect(slow[0]?.notVisible.join()).toContain('mean over 10 steps');
    expect(causesTotal(slow[0]!)).toBeCloseTo(0.5, 1);
    expect(jobs[0]?.steps).toBe(400);
    expect(jobs[0]?.lostToNetworkSeconds).toBeCloseTo(5, 0);
    expect(incidentCosts[0]?.lostSeconds).toBeCloseTo(5, 0);
  });

  it('an exact line replaces a mean of the same step, whichever came first', () => {
    const exact = series({ steps: 20 });
    const mean: StepRecord = { ...exact[10]!, endMs: exact[10]!.startMs + 2300, averagedOver: 5 };
    const results = [
      [...exact, mean],
      [mean, ...exact],
    ].map((records) => judge(records).verdicts);
    expect(results[0]).toEqual(judge(exact).verdicts);
    expect(results[1]).toEqual(results[0]);
  });
});

describe('the life of a job', () => {
  it('drops declared warm-up steps, else two', () => {
    const records = series({ steps: 40, extra: (i) => (i < 5 ? 3 : 0) });
    const training = createTraining();
    training.setJobs([placement({ warmupSteps: 5, gpus: 16 })]);
    training.addSteps(records);
    const { verdicts, jobs } = training.judge(endOf(records), network([], QUIET));
    expect(verdicts.filter((verdict) => verdict.flags.includes('warmup'))).toHaveLength(5);
    expect(jobs[0]).toMatchObject({ slowSteps: 0, gpus: 16 });
    expect(judge(series({ steps: 40, extra: (i) => (i < 2 ? 3 : 0) })).slow).toEqual([]);
  });

  it('judges provisionally from five accepted steps on', () => {
    const records = series({ steps: 8, extra: (i) => (i === 7 ? 2 : 0) });
    const { slow } = judge(records);
    expect(slow.map((verdict) => verdict.step)).toEqual([7]);
    expect(slow[0]?.label).not.toBe('confirmed');
    const { verdicts } = judge(records.slice(0, 6));
    expect(verdicts.every((verdict) => verdict.flags.includes('no-baseline') && verdict.verdict === null)).toBe(true);
  });

  it('a fault that begins before there is a baseline is judged by the steps after it', () => {
    const records = series({ steps: 60, extra: (i) => (i >= 4 && i < 20 ? 2 : 0) });
    const [from, to] = [records[4]!.startMs, records[20]!.startMs];
    const { slow, jobs } = judge(
      records,
      network([impact(storm(from, to, 0.7))], { watchedFraction: 1, congestedFraction: 0.1 }),
    );
    expect(slow.map((verdict) => verdict.step)).toEqual(Array.from({ length: 16 }, (_, i) => i + 4));
    expect(jobs[0]?.lostToNetworkSeconds).toBeGreaterThan(28);
  });

  it('an id that falls begins the job anew: warm-up again, both runs kept', () => {
    const first = series({ steps: 50 });
    const second = series({
      steps: 50,
      firstStep: 30,
      startMs: endOf(first) + 60_000,
      seconds: 3,
      extra: (i) => (i < 2 ? 5 : 0),
    });
    const { verdicts, slow, jobs } = judge([...second, ...first]);
    expect(verdicts).toHaveLength(100);
    expect(verdicts.filter((verdict) => verdict.flags.includes('warmup'))).toHaveLength(4);
    expect(verdicts.filter((verdict) => verdict.step === 40).map((verdict) => verdict.run)).toEqual([undefined, 1]);
    expect(slow).toEqual([]);
    expect(jobs[0]).toMatchObject({ steps: 100, lastStep: 79, baselineSeconds: expect.closeTo(3, 1) });
  });

  it('a lasting slow-down is counted against the old speed, and ends when it ends', () => {
    const records = series({ steps: 200, extra: (i) => (i >= 100 && i < 160 ? 0.16 : 0), noise: 0.02 });
    const { slow, verdicts } = judge(records);
    const inside = slow.filter((verdict) => verdict.step >= 100 && verdict.step < 160);
    expect(inside.length).toBeGreaterThan(50);
    expect(slow.length - inside.length).toBeLessThan(5);
    expect(inside.every((verdict) => Math.abs(verdict.baselineSeconds - 2) < 0.03)).toBe(true);
    expect(at(verdicts, 130)?.flags).toContain('fail-slow');
  });

  it('a job that becomes faster is compared with its new speed', () => {
    const records = series({ steps: 120, extra: (i) => (i < 60 ? 1 : i === 100 ? 0.6 : 0), noise: 0.01 });
    const { slow } = judge(records);
    expect(slow.map((verdict) => verdict.step)).toEqual([100]);
    expect(slow[0]?.baselineSeconds).toBeCloseTo(2, 1);
  });

  it('a job without a step for ten baselines and a minute is stalled, unless its time is over', () => {
    const records = series({ steps: 30, seconds: 10 });
    const end = endOf(records);
    const states = [60_000, 99_000, 102_000].map((laterMs) => {
      const training = createTraining();
      training.addSteps(records);
      training.judge(end + laterMs, network([], QUIET));
      return training.summaries()[0]?.state;
    });
    expect(states).toEqual(['running', 'running', 'stalled']);
    const over = createTraining();
    over.setJobs([placement({ endMs: end + 1000 })]);
    over.addSteps(records);
    over.judge(end + 500_000, network([], QUIET));
    expect(over.summaries()[0]?.state).toBe('finished');
  });

  it('waits for late ranks, then judges without them, and takes them when they come', () => {
    const records = series({ steps: 20, ranks: 4 });
    const missing = records.filter((record) => record.step === 15 && record.rank === 2);
    const training = createTraining();
    training.addSteps(records.filter((record) => !missing.includes(record)));
    const ended = missing[0]!.endMs;
    expect(at(training.judge(ended + 1, network([], QUIET)).verdicts, 15)).toBeUndefined();
    const grace = TRAINING_DEFAULTS.lateRankGraceMs;
    expect(at(training.judge(ended + grace, network([], QUIET)).verdicts, 15)?.ranks).toBe(3);
    expect(training.addSteps(missing).accepted).toBe(1);
    expect(at(training.judge(ended + grace + 1, network([], QUIET)).verdicts, 15)?.ranks).toBe(4);
    expect(training.addSteps(missing)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(training.ranksOf('job', 15).map((row) => row.rank)).toEqual([0, 1, 2, 3]);
  });

  it('a verdict is revised while the network view changes, and a withdrawn incident is told with zeros', () => {
    const records = series({ steps: 30, extra: (i) => (i === 25 ? 2 : 0) });
    const start = records[25]!.startMs;
    const training = createTraining();
    training.addSteps(records);
    const end = endOf(records);
    expect(
      at(training.judge(end, network([], { watchedFraction: 1, congestedFraction: 0.2 })).verdicts, 25)?.verdict,
    ).toBe('unknown');
    const view = network([impact(storm(start, start + 4000))], { watchedFraction: 1, congestedFraction: 0.2 });
    const blamed = training.judge(end + 1000, view);
    expect(blamed.verdicts.filter((verdict) => verdict.slow).map((verdict) => [verdict.step, verdict.verdict])).toEqual(
      [[25, 'network']],
    );
    expect(blamed.incidentCosts[0]).toMatchObject({ incidentId: 'incident-1', steps: 1 });
    expect(training.judge(end + 2000, view)).toEqual({ verdicts: [], jobs: [], incidentCosts: [] });
    const withdrawn = training.judge(end + 3000, network([], { watchedFraction: 1, congestedFraction: 0.2 }));
    expect(withdrawn.incidentCosts).toEqual([
      { incidentId: 'incident-1', job: 'job', lostSeconds: 0, lostSecondsLow: 0, lostSecondsHigh: 0, steps: 0 },
    ]);
  });

  it('keeps memory bounded: old steps become final, their totals stay, later ones are judged the same', () => {
    const draw = drawFrom(7);
    const records = series({
      steps: 1500,
      extra: () => (draw() < 0.01 ? 1.5 : 0),
      noise: 0.02,
    });
    const view = network([impact(storm(records[700]!.startMs, records[705]!.startMs, 0.5))], QUIET);
    const training = createTraining({ openSteps: 200 });
    let largest = 0;
    for (let i = 0; i < records.length; i += 10) {
      const batch = records.slice(i, i + 10);
      training.addSteps(batch);
      training.judge(endOf(batch), view);
      largest = Math.max(largest, JSON.stringify(training.snapshot()).length);
    }
    expect(largest).toBeLessThan(400_000);
    const [bounded] = training.summaries();
    const [all] = judge(records, view, { openSteps: 5000 }).training.summaries();
    expect(bounded?.steps).toBe(1500);
    expect(bounded?.lostSeconds).toBeCloseTo(all?.lostSeconds ?? 0, 0);
    expect(training.addSteps([records[3]!]).rejected[0]).toMatchObject({ code: 'too_late' });
  });

  it('forgets the job that has been silent longest when there are too many', () => {
    const training = createTraining({ maxJobs: 3 });
    const [record] = series({ steps: 1 });
    for (const job of ['a', 'b', 'c', 'a', 'd']) training.addSteps([{ ...record!, job }]);
    expect(training.summaries().map((summary) => summary.job)).toEqual(['c', 'a', 'd']);
  });

  it('asks nothing of the network for a job that ended long ago', () => {
    const records = series({ steps: 20 });
    const training = createTraining();
    training.addSteps(records);
    let asked = 0;
    const counting = {
      coverageOf: () => undefined,
      impactsOf: () => {
        asked++;
        return [];
      },
    };
    training.judge(endOf(records), counting);
    expect(asked).toBe(1);
    training.judge(endOf(records) + 2 * TRAINING_DEFAULTS.reviseMs, counting);
    expect(asked).toBe(1);
  });

  it('thins out the rows of a job of many ranks and keeps its late rank', () => {
    const records = series({ steps: 60, ranks: 200, late: (i) => (i === 20 ? { rank: 133, seconds: 1 } : undefined) });
    const training = createTraining();
    training.addSteps(records);
    const end = endOf(records);
    training.judge(end, network([], QUIET));
    training.judge(end + 1000, network([], QUIET));
    expect(training.ranksOf('job', 20)).toHaveLength(TRAINING_DEFAULTS.keepRows);
    expect(training.ranksOf('job', 20).some((row) => row.rank === 133)).toBe(true);
    const again = createTraining();
    again.restore(JSON.parse(JSON.stringify(training.snapshot())));
    const { verdicts } = again.judge(end + 2000, network([], QUIET));
    expect(verdicts).toEqual([]);
    expect(again.summaries()[0]).toMatchObject({ slowSteps: 1 });
  });

  it('refuses a snapshot that is something else', () => {
    expect(() => createTraining().restore({ version: 2, jobs: [] })).toThrow(/training snapshot: version/);
    expect(() => createTraining().restore('x')).toThrow(/training snapshot/);
  });
});

describe('quiet paths', () => {
  const slowAt = (ranks: number) => judge(series({ steps: 60, ranks, extra: (i) => (i === 40 ? 2 : 0) })).slow[0];

  it('clear the network where nothing else is known', () => {
    expect(slowAt(0)).toMatchObject({ step: 40, verdict: 'not-network' });
  });

  it('do not clear it against ranks that all computed as usual', () => {
    expect(slowAt(8)).toMatchObject({ step: 40, verdict: 'unknown' });
    expect(slowAt(8)?.reasons.join()).toContain('every rank computed as usual');
  });
});
