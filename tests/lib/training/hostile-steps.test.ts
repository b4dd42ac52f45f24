import { describe, expect, it } from 'vitest';
import { createTraining } from '../../../lib/training/index.ts';
import type { StepRecord } from '../../../lib/training/step.ts';
import { causesTotal, drawFrom, endOf, impact, network, series, storm } from './make-steps.ts';

const BUSY = { watchedFraction: 1, congestedFraction: 0.2 };
/** 8 ranks, 60 steps, a storm that costs steps 40 to 44 a second each. */
const clean = series({ steps: 60, ranks: 8, extra: (i) => (i >= 40 && i < 45 ? 1 : 0) });
const startOf = (step: number) => clean.find((record) => record.step === step)?.startMs ?? Number.NaN;
const STORM = [impact(storm(startOf(40) - 1000, startOf(45) + 1000))];

function judge(records: readonly StepRecord[]) {
  const training = createTraining();
  const intake = training.addSteps(records);
  const { verdicts } = training.judge(endOf(clean), network(STORM, BUSY), { flush: true });
  const said = verdicts.filter(({ slow }) => slow).map(({ step, verdict }) => [step, verdict]);
  return { intake, verdicts, said };
}

const RIGHT = [40, 41, 42, 43, 44].map((step) => [step, 'network']);

describe('step records as jobs send them', () => {
  it('say the same when only some ranks report, another set in each step', () => {
    const draw = drawFrom(4);
    const some = clean.filter(() => draw() < 0.4);
    const { verdicts, said } = judge(some);
    expect(said).toEqual(RIGHT);
    expect(new Set(verdicts.map(({ ranks }) => ranks)).size).toBeGreaterThan(1);
  });

  it('say the same when some steps are told by ranks and others by the job alone', () => {
    const mixed = clean.flatMap((record): StepRecord[] => {
      if (record.step % 3 !== 0) return [record];
      if (record.rank !== 0) return [];
      const { rank: _rank, host: _host, computeEndMs: _end, ...whole } = record;
      return [whole];
    });
    const { verdicts, said } = judge(mixed);
    expect(said).toEqual(RIGHT);
    expect(verdicts.find(({ step }) => step === 42)).toMatchObject({ ranks: 0, label: 'likely' });
  });

  it('say the same when the clocks of the hosts are up to a second off', () => {
    const draw = drawFrom(6);
    const offsets = Array.from({ length: 8 }, () => Math.round(2000 * draw() - 1000));
    const off = clean.map((record): StepRecord => {
      const ms = offsets[record.rank ?? 0] ?? 0;
      const { startMs, endMs, computeEndMs = 0 } = record;
      return { ...record, startMs: startMs + ms, endMs: endMs + ms, computeEndMs: computeEndMs + ms };
    });
    const { verdicts, said } = judge(off);
    expect(said).toEqual(RIGHT);
    for (const verdict of verdicts.filter(({ slow }) => slow))
      expect(verdict.lateRank?.latenessSeconds).toBeLessThan(0.1);
  });

  it('say the same in any order, and when every record comes twice', () => {
    const draw = drawFrom(9);
    const shuffled = [...clean, ...clean]
      .map((record) => ({ record, key: draw() }))
      .sort((a, b) => a.key - b.key)
      .map(({ record }) => record);
    const { intake, said } = judge(shuffled);
    expect(said).toEqual(RIGHT);
    expect(intake).toMatchObject({ accepted: clean.length, duplicates: clean.length, rejected: [] });
  });

  it('may overlap: a rank that begins its next step before others ended theirs takes no time twice', () => {
    const early = clean.map((record) => ({ ...record, startMs: record.startMs - (record.rank === 3 ? 300 : 0) }));
    const { verdicts, said } = judge(early);
    expect(said).toEqual(RIGHT);
    const lost = verdicts.reduce((sum, verdict) => sum + causesTotal(verdict), 0);
    expect(lost).toBeLessThan(5 * 1.35);
  });

  it('are refused one by one where a number cannot be, and the rest counts as if they had not come', () => {
    const bad: StepRecord[] = [
      { job: 'job', step: -1, startMs: 0, endMs: 2000 },
      { job: 'job', step: 1.5, startMs: 0, endMs: 2000 },
      { job: 'job', step: 7, rank: -2, startMs: 0, endMs: 2000 },
      { job: 'job', step: 7, rank: 1e9, startMs: 0, endMs: 2000 },
      { job: 'job', step: 7, startMs: Number.NaN, endMs: 2000 },
      { job: 'job', step: 7, startMs: 2000, endMs: -2000 },
      { job: 'job', step: 7, startMs: 0, endMs: 2000, averagedOver: 0 },
      { job: 'job', step: 7, startMs: 0, endMs: 2000, averagedOver: Number.NaN },
      { job: 'job', step: 7, startMs: 0, endMs: 2000, phasesMs: { compute: -5 } },
      { job: 'job', step: 7, startMs: 0, endMs: 2000, phasesMs: { dataLoad: Number.POSITIVE_INFINITY } },
      { job: 'job', step: 7, startMs: 0, endMs: 1e12 },
    ];
    const { intake, verdicts, said } = judge([...bad, ...clean]);
    expect(intake.rejected.map(({ index }) => index)).toEqual(bad.map((_, i) => i));
    expect(intake.rejected.map(({ code }) => code)).toEqual([
      ...Array(5).fill('invalid'),
      'ends_before_start',
      ...Array(4).fill('invalid'),
      'too_long',
    ]);
    expect(said).toEqual(RIGHT);
    expect(verdicts).toEqual(judge(clean).verdicts);
  });

  it('may claim a computing time outside their step: that is not believed, the step is', () => {
    const odd = clean.map((record) =>
      record.step === 41 && record.rank === 5 ? { ...record, computeEndMs: record.endMs + 60_000 } : record,
    );
    expect(judge(odd).said).toEqual(RIGHT);
  });

  it('may say that a long step is a mean: no step is named for sure, and it counts as many times', () => {
    const means: StepRecord[] = [];
    let endMs = 0;
    for (let line = 1; line <= 30; line++) {
      const ms = line === 25 ? 2600 : 2000 + 5 * (line % 3);
      endMs += 5 * ms;
      means.push({ job: 'job', step: 5 * line, startMs: endMs - ms, endMs, averagedOver: 5 });
    }
    const from = (means[24]?.endMs ?? 0) - 13_000;
    const training = createTraining();
    training.addSteps(means);
    const view = network([impact(storm(from, from + 13_000))], BUSY);
    const { verdicts, jobs } = training.judge(endMs, view, { flush: true });
    const slow = verdicts.filter((verdict) => verdict.slow);
    expect(slow.map(({ step, verdict, label }) => [step, verdict, label])).toEqual([[125, 'network', 'likely']]);
    expect(jobs[0]).toMatchObject({ steps: 150, slowSteps: 5 });
    expect(jobs[0]?.lostToNetworkSeconds).toBeCloseTo(3, 0);
  });
});
