import { describe, expect, it } from 'vitest';
import { hangText, shiftText, standingShift, unknownReason, unknownText } from '../../../app/_lib/job-notes.ts';
import type { RankMap } from '../../../lib/api/types.ts';
import { step } from '../../findings.ts';

const hung = { lastStep: 1421, lastStepEndMs: 100_000, baselineSeconds: 2.4 };

describe('notes of a job', () => {
  it('says since when a job hangs, and which ranks are missing', () => {
    expect(hangText(hung, undefined, 230_000)).toBe(
      'No step has ended for 2 min 10 s; one usually takes 2.40 s. Last: step 1421.',
    );
    const map: RankMap = {
      basis: 'compute',
      steps: [{ step: 1422, startMs: 0, endMs: 1, slow: null }],
      ranks: [{ rank: 3, host: 'gpu04', latenessSeconds: [null] }],
      allRanks: 8,
      unreported: [3, 5],
    };
    expect(hangText(hung, map, 230_000)).toContain('Ranks 3 (gpu04), 5 did not report step 1422, others did.');
    expect(hangText({ lastStep: null, lastStepEndMs: null, baselineSeconds: null }, undefined, 0)).toBe(
      'No step has ended.',
    );
  });

  it('tells a lasting change only while the job is in it', () => {
    const shifted = [5, 6, 7].map((n) =>
      step(n, { flags: ['fail-slow'], baselineSeconds: 2, durationSeconds: 3, slow: true }),
    );
    const steps = [step(3), step(4), ...shifted];
    const shift = standingShift(steps);
    expect(shift).toMatchObject({ step: 5, oldSeconds: 2, newSeconds: 3 });
    expect(shift && shiftText(shift)).toContain('Slower since step 5: a step takes 3 s instead of 2 s.');
    expect(standingShift([...steps, step(8)])).toBeNull();
    expect(standingShift([])).toBeNull();
  });

  it('gives the reason where a slow step has no verdict', () => {
    const reasons = ['something overlaps', 'no network evidence, and nothing else was measured'];
    const notVisible = ['the ports of this job are not known'];
    const unknown = step(4, { slow: true, verdict: 'unknown', excessSeconds: 1, reasons, notVisible });
    const told = step(5, { slow: true, verdict: 'network', excessSeconds: 1 });
    expect(unknownReason(unknown)).toBe('no network evidence, and nothing else was measured');
    expect(unknownReason(told)).toBeNull();
    expect(unknownText([told])).toBeNull();
    expect(unknownText([unknown, told])).toBe(
      '1 of 2 slow steps has no verdict: no network evidence, and nothing else was measured. Not visible: the ports of this job are not known.',
    );
  });
});
