import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparePause,
  mismatchSentence,
  type PauseMismatch,
  type PausePair,
  pausesDiffer,
} from '../../../lib/diagnosis/pause-mismatch.ts';

function run(pairs: [told: number, asserted: number][]): PauseMismatch | undefined {
  return pairs.reduce<PauseMismatch | undefined>(
    (known, [told, asserted], index) => comparePause(known, { endMs: (index + 1) * 1000, told, asserted }),
    undefined,
  );
}

const differ: [number, number] = [0.5, 0.1];
const agree: [number, number] = [0.5, 0.45];

describe('two ends of a cable', () => {
  it.each([
    [0, 0.02, false],
    [0, 0.021, true],
    [0.05, 0.07, false],
    [0.5, 0.41, false],
    [0.5, 0.39, true],
    [0.39, 0.5, true],
    [1, 0.8, false],
  ])('%d and %d differ: %s', (told, asserted, differs) => {
    expect(pausesDiffer(told, asserted)).toBe(differs);
    expect(pausesDiffer(asserted, told)).toBe(differs);
  });

  it('disagree after three intervals in a row, not before', () => {
    expect(run([differ, differ])?.mismatch).toBe(false);
    expect(run([differ, differ, differ])?.mismatch).toBe(true);
    expect(run([differ, differ, agree, differ, differ])?.mismatch).toBe(false);
  });

  it('agree again after three', () => {
    const three: [number, number][] = [differ, differ, differ];
    expect(run([...three, agree, agree])?.mismatch).toBe(true);
    expect(run([...three, agree, agree, agree])?.mismatch).toBe(false);
    expect(run([...three, agree, agree, differ, agree])?.mismatch).toBe(true);
  });

  it('say nothing while one is silent', () => {
    const silent: [number, number] = [0.5, Number.NaN];
    expect(run([silent, silent, silent, silent])?.mismatch).toBe(false);
    expect(run([differ, silent, differ, silent, differ])?.mismatch).toBe(true);
  });

  it('are named in the sentence', () => {
    const pair: PausePair = { endMs: 1000, told: 0.5, asserted: 0.1 };
    expect(mismatchSentence('leaf0/1', 'spine0/3', pair)).toContain(
      'leaf0/1 says it was paused 50 % of the time, spine0/3 says it asked for 10 %',
    );
  });
});

describe('invariants', () => {
  const share = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(Number.NaN));

  it('repeated and late intervals, and a restart, change nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share), { maxLength: 30 }), (pairs) => {
        let known: PauseMismatch | undefined;
        pairs.forEach(([told, asserted], index) => {
          const pair = { endMs: (index + 1) * 1000, told, asserted };
          const [earlier = 0, before = 0] = pairs[Math.max(0, index - 2)] ?? [];
          known = comparePause(comparePause(known, pair), pair);
          known = comparePause(known, { endMs: Math.max(1, index - 1) * 1000, told: earlier, asserted: before });
          known = JSON.parse(JSON.stringify(known)) as PauseMismatch;
        });
        expect(known?.mismatch).toBe(run(pairs)?.mismatch);
      }),
    );
  });

  it('ends that agree never mismatch', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (shares) => {
        expect(run(shares.map((value) => [value, value]))?.mismatch ?? false).toBe(false);
      }),
    );
  });
});
