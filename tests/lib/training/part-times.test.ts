import { expect, it } from 'vitest';
import { excessGap, partSpreads, spreadText } from '../../../lib/training/part-times.ts';
import type { PartTime, StepRecord } from '../../../lib/training/step.ts';

const step = (...parts: PartTime[]): StepRecord => ({
  job: 'llm',
  step: 1,
  startMs: 0,
  endMs: 2000,
  averagedOver: 10,
  parts,
});
const usual = step(
  { name: 'forward-compute', minMs: 800, maxMs: 840 },
  { name: 'all-grads-sync', minMs: 50, maxMs: 450 },
);

it('finds where the ranks differ more than they usually do', () => {
  const slow = step(
    { name: 'all-grads-sync', minMs: 50, maxMs: 460 },
    { name: 'forward-compute', minMs: 800, maxMs: 1400, minRank: 2, maxRank: 5 },
    { name: 'optimizer', maxMs: 90 },
  );
  const [widest, next, ...more] = partSpreads(slow, [usual, usual]);
  expect(more).toEqual([]);
  expect(widest).toMatchObject({
    name: 'forward-compute',
    usualGapMs: 40,
    lateRank: 5,
    waits: false,
    averagedOver: 10,
  });
  expect(widest && excessGap(widest)).toBe(560);
  expect(next).toMatchObject({ name: 'all-grads-sync', usualGapMs: 400, waits: true });
  expect(widest && spreadText(widest)).toBe(
    'forward-compute took the ranks 0.800 to 1.400 s, 0.040 s apart usually: rank 5 took longer than the others, as a mean over 10 steps',
  );
});

it('says that the rank that waits least came last', () => {
  const [spread] = partSpreads(step({ name: 'all-grads-sync', minMs: 5, maxMs: 800, minRank: 7, maxRank: 0 }), []);
  expect(spread).toMatchObject({ lateRank: 7 });
  expect(spread?.usualGapMs).toBeUndefined();
  expect(spread && spreadText(spread)).toContain('rank 7 came last');
});

it('says nothing of parts of which only the longest is told', () => {
  expect(partSpreads(step({ name: 'optimizer', maxMs: 90 }), [])).toEqual([]);
});
