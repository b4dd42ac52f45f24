import { describe, expect, it } from 'vitest';
import { attributeIncident } from '../../../lib/training/attribution.ts';
import { createTraining } from '../../../lib/training/index.ts';
import { causesTotal, endOf, impact, network, QUIET, series, storm } from './make-steps.ts';

const span = (startMs: number, endMs: number, seconds: number) => ({ startMs, endMs, seconds, errorMs: 0 });

describe('golden cases of attribution', () => {
  it('12: pays each step what it can claim when the evidence suffices', () => {
    const steps = [span(0, 1600, 1.0), span(1600, 3000, 0.2)];
    const shares = attributeIncident(steps, [{ startMs: 1000, endMs: 2000, evidenceSeconds: 0.8, errorMs: 0 }]);
    expect(shares[0]?.seconds).toBeCloseTo(0.6, 10);
    expect(shares[1]?.seconds).toBeCloseTo(0.2, 10);
  });

  it('13: never pays more than the excess of the step', () => {
    const [share] = attributeIncident(
      [span(0, 2000, 0.1)],
      [{ startMs: 500, endMs: 1500, evidenceSeconds: 1, errorMs: 0 }],
    );
    expect(share?.seconds).toBeCloseTo(0.1, 10);
  });
});

describe('golden cases of verdicts', () => {
  it('17: names the rank that computed longer and lays nothing at the door of the network', () => {
    const records = series({
      steps: 60,
      ranks: 8,
      late: (i) => (i >= 40 && i < 45 ? { rank: 5, seconds: 0.24 } : undefined),
    });
    const training = createTraining();
    training.addSteps(records);
    const { verdicts, jobs, incidentCosts } = training.judge(endOf(records), network([], QUIET));
    const slow = verdicts.filter((verdict) => verdict.slow);
    expect(slow.map((verdict) => verdict.step)).toEqual([40, 41, 42, 43, 44]);
    for (const verdict of slow) {
      expect(verdict.verdict).toBe('not-network');
      expect(verdict.causes[0]).toMatchObject({ kind: 'compute-straggler', rank: 5, host: 'host5', incident: null });
      expect(verdict.lateRank?.rank).toBe(5);
    }
    expect(jobs[0]?.lostToNetworkSeconds).toBe(0);
    expect(incidentCosts).toEqual([]);
  });

  it('18: leaves out what recurs every 50 steps from the fourth period on', () => {
    const records = series({ steps: 260, extra: (i) => (i % 50 === 49 ? 8 : 0) });
    const training = createTraining();
    const upToThree = records.filter((record) => record.step < 199);
    training.addSteps(upToThree);
    const early = training.judge(endOf(upToThree), network([], QUIET));
    expect(early.verdicts.filter((verdict) => verdict.slow).map((verdict) => verdict.step)).toEqual([49, 99, 149]);
    training.addSteps(records);
    training.judge(endOf(records), network([], QUIET));
    const [summary] = training.summaries();
    expect(summary).toMatchObject({ steps: 260, slowSteps: 0, lostSeconds: 0 });
  });

  it('19: a dirty series is judged as its cleaned one, and what was wrong is counted', () => {
    const clean = series({ steps: 80, extra: (i) => (i === 50 ? 2 : 0) });
    const at = clean[50]?.startMs ?? 0;
    const view = network([impact(storm(Math.floor(at / 1000) * 1000, at + 4000))], QUIET);
    const dirty = [...clean];
    [dirty[20], dirty[23]] = [dirty[23]!, dirty[20]!];
    dirty.splice(30, 0, dirty[12]!, dirty[12]!);
    dirty.splice(40, 0, { job: 'job', step: 33, startMs: Number.NaN, endMs: 70_000 });
    dirty.splice(41, 0, { job: 'job', step: 34, startMs: 70_000, endMs: 60_000 });
    const judged = [clean, dirty].map((records) => {
      const training = createTraining();
      const intake = training.addSteps(records);
      return { intake, ...training.judge(endOf(clean), view) };
    });
    expect(judged[1]?.verdicts).toEqual(judged[0]?.verdicts);
    expect(judged[1]?.verdicts.find((verdict) => verdict.step === 50)?.verdict).toBe('network');
    expect(judged[1]?.intake.duplicates).toBe(2);
    expect(judged[1]?.intake.rejected).toEqual([
      { index: 40, code: 'invalid', detail: 'step 33: startMs and endMs must be numbers, got NaN and 70000' },
      { index: 41, code: 'ends_before_start', detail: 'step 34 ends at 60000, not after its start at 70000' },
    ]);
  });

  it.each([2500, 10_000, 45_000])('19: a step whose clock went back by %d ms is told by its id', (backMs) => {
    const records = series({ steps: 60 });
    const back = records.map((record) =>
      record.step === 30 ? { ...record, startMs: record.startMs - backMs, endMs: record.endMs - backMs } : record,
    );
    const training = createTraining();
    training.addSteps(back);
    const { verdicts, jobs } = training.judge(endOf(records), network([], QUIET));
    expect(verdicts.length).toBe(60);
    expect(jobs[0]).toMatchObject({ steps: 60, slowSteps: 0 });
  });

  it('19: a clock that goes back for good does not begin the job anew', () => {
    const records = series({ steps: 60 }).map((record) =>
      record.step < 30 ? record : { ...record, startMs: record.startMs - 9000, endMs: record.endMs - 9000 },
    );
    const training = createTraining();
    training.addSteps(records);
    const { verdicts } = training.judge(endOf(records), network([], QUIET));
    expect(verdicts.filter((verdict) => verdict.flags.includes('warmup')).map((verdict) => verdict.step)).toEqual([
      0, 1,
    ]);
  });

  it('20: without any event track nothing is blamed on the network and no chance is computed', () => {
    const records = series({ steps: 600, extra: (i) => (i === 300 ? 2 : 0) });
    const training = createTraining();
    training.addSteps(records);
    const { verdicts, jobs } = training.judge(endOf(records), network([], undefined));
    const slow = verdicts.filter((verdict) => verdict.slow);
    expect(slow.map((verdict) => [verdict.step, verdict.verdict])).toEqual([[300, 'unknown']]);
    expect(slow[0]?.reasons.join()).toContain('no network evidence');
    expect(slow[0]?.reasons.join()).not.toContain('chance');
    expect(slow[0]?.notVisible).toContain('the ports of this job are not known');
    expect(jobs[0]?.lostToNetworkSeconds).toBe(0);
    expect(causesTotal(slow[0]!)).toBeCloseTo(slow[0]!.excessSeconds, 2);
  });
});
