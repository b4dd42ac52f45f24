import { describe, expect, it } from 'vitest';
import { rankMap } from '../../../lib/queries/rank-map.ts';
import type { StepRecord } from '../../../lib/training/step.ts';
import { aVerdict } from '../../contracts/documents.ts';

const T0 = Date.UTC(2026, 10, 22, 17, 0, 0);

/** A step of one rank that computes for so long; its clock is off by so much. */
function record(step: number, rank: number, computeMs: number, offsetMs = 0): StepRecord {
  const startMs = T0 + step * 1000 + offsetMs;
  return {
    job: 'llm',
    step,
    rank,
    host: `gpu${rank}`,
    startMs,
    endMs: startMs + 900,
    computeEndMs: startMs + computeMs,
  };
}

describe('rankMap', () => {
  it('shows computing beyond the median rank, whatever the clocks of the hosts say', () => {
    const records = [1, 2].flatMap((step) => [
      record(step, 0, 500),
      record(step, 1, step === 2 ? 750 : 500, 40),
      record(step, 2, 510, -30),
    ]);
    const map = rankMap(records, [], 10);
    expect(map.basis).toBe('compute');
    expect(map.steps.map(({ step }) => step)).toEqual([1, 2]);
    expect(map.ranks).toEqual([
      { rank: 0, host: 'gpu0', latenessSeconds: [0, -0.01] },
      { rank: 1, host: 'gpu1', latenessSeconds: [0, 0.24] },
      { rank: 2, host: 'gpu2', latenessSeconds: [0.01, 0] },
    ]);
  });

  it('compares step times where no rank tells its computing', () => {
    const plain = [0, 1, 2].map(
      (rank): StepRecord => ({
        job: 'llm',
        step: 1,
        rank,
        startMs: T0,
        endMs: T0 + 1000 + rank * 10,
      }),
    );
    const map = rankMap(plain, [], 10);
    expect(map.basis).toBe('duration');
    expect(map.ranks.map(({ latenessSeconds }) => latenessSeconds[0])).toEqual([-0.01, 0, 0.01]);
  });

  it('leaves a gap where a rank said nothing, and names who is missing in the newest step', () => {
    const map = rankMap([record(1, 0, 500), record(1, 1, 500), record(2, 0, 500)], [], 10);
    expect(map.ranks[1]?.latenessSeconds).toEqual([0, null]);
    expect(map.unreported).toEqual([1]);
  });

  it('keeps both runs of a step that a restart repeated, and says which steps were slow', () => {
    const first = record(1, 0, 500);
    const again = { ...first, startMs: T0 + 60_000, endMs: T0 + 60_900, computeEndMs: T0 + 60_500 };
    const map = rankMap([again, first], [aVerdict(1, { startMs: T0 + 60_000, endMs: T0 + 60_900, slow: true })], 10);
    expect(map.steps.map(({ step, slow }) => [step, slow])).toEqual([
      [1, null],
      [1, true],
    ]);
  });

  it('shows the latest ranks of a job with too many, and as many steps as asked', () => {
    const records = [1, 2, 3].flatMap((step) =>
      Array.from({ length: 300 }, (_, rank) => record(step, rank, rank === 299 ? 800 : 500)),
    );
    const map = rankMap(records, [], 2);
    expect(map.steps.map(({ step }) => step)).toEqual([2, 3]);
    expect(map.allRanks).toBe(300);
    expect(map.ranks).toHaveLength(256);
    expect(map.ranks.at(-1)).toEqual({ rank: 299, host: 'gpu299', latenessSeconds: [0.3, 0.3] });
  });

  it('is empty without ranks: a record of the whole job is none', () => {
    const whole: StepRecord = { job: 'llm', step: 1, startMs: T0, endMs: T0 + 1000 };
    expect(rankMap([whole], [], 10)).toEqual({ basis: null, steps: [], ranks: [], allRanks: 0, unreported: [] });
  });
});
