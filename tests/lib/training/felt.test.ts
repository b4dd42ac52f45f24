import { describe, expect, it } from 'vitest';
import type { IncidentImpact } from '../../../lib/diagnosis/incident.ts';
import { shareExcess } from '../../../lib/training/attribution.ts';
import { chanceOfNature } from '../../../lib/training/felt.ts';
import { createTraining } from '../../../lib/training/index.ts';
import { normalTail, studentTail } from '../../../lib/training/statistics.ts';
import type { StepRecord } from '../../../lib/training/step.ts';
import { endOf, impact, network, QUIET, series, storm } from './make-steps.ts';

const BUSY = { watchedFraction: 1, congestedFraction: 0.2 };

function slowSteps(records: readonly StepRecord[], impacts: readonly IncidentImpact[]) {
  const training = createTraining();
  training.addSteps(records);
  const { verdicts } = training.judge(endOf(records), network(impacts, BUSY), { flush: true });
  return verdicts.filter((verdict) => verdict.slow);
}

/** When a step began. */
const startOf = (records: readonly StepRecord[], step: number) =>
  records.find((record) => record.step === step)?.startMs ?? Number.NaN;

describe('steps inside one incident', () => {
  const delayed = series({ steps: 80, noise: 0.04, ranks: 4, seed: 5, extra: (i) => (i >= 40 && i < 50 ? 0.25 : 0) });
  const inside = storm(startOf(delayed, 40), startOf(delayed, 50));

  it('tell together of a delay that none of them could tell alone', () => {
    const network = slowSteps(delayed, [impact(inside)]).filter(({ verdict }) => verdict === 'network');
    expect(network.length).toBeGreaterThanOrEqual(7);
    expect(network.every(({ step }) => step >= 40 && step < 50)).toBe(true);
    const apart = network.map(({ step }) => {
      const from = startOf(delayed, step);
      return slowSteps(delayed, [impact(storm(from, from + 2000))]).length;
    });
    expect(apart.filter((slow) => slow > 0).length).toBeLessThanOrEqual(network.length - 3);
  });

  it('blame nothing where half of them were shorter than usual', () => {
    const undisturbed = series({ steps: 80, noise: 0.04, ranks: 4, seed: 5 });
    expect(slowSteps(undisturbed, [impact(inside)])).toEqual([]);
  });

  it('do not speak for a step that may have run before the incident began', () => {
    const early = series({
      steps: 80,
      noise: 0.03,
      ranks: 4,
      seed: 8,
      extra: (i) => (i === 39 ? 0.12 : i >= 40 && i < 50 ? 0.3 : 0),
    });
    const from = startOf(early, 39);
    const segments = [{ startMs: from, endMs: startOf(early, 40) + 500, evidenceSeconds: 2, errorMs: 0 }];
    segments.push(...storm(startOf(early, 40) + 500, startOf(early, 50)));
    const network = slowSteps(early, [impact(segments)]).filter(({ verdict }) => verdict === 'network');
    expect(network.map(({ step }) => step)).not.toContain(39);
    expect(network.length).toBeGreaterThanOrEqual(8);
  });

  it('weigh nature by how many of them it left alone', () => {
    const all = { unaffected: 0.2, rises: [0.08, 0.09, 0.1, 0.1], usualEvidence: 2 };
    expect(chanceOfNature(0.05, 0.09, all, true)).toBeCloseTo((0.2 * 0.05) / (0.2 * 0.05 + 0.8), 9);
    expect(chanceOfNature(0.05, 0.09, all, false)).toBeGreaterThan(chanceOfNature(0.05, 0.09, all, true));
    expect(chanceOfNature(0.05, 0.02, all, true)).toBe(0.05);
    expect(chanceOfNature(0.05, 0.09, { ...all, unaffected: 1 }, true)).toBe(0.05);
    expect(chanceOfNature(0.05, 0.09, null, true)).toBe(0.05);
  });
});

describe('incidents at the same time', () => {
  it('share an excess by how sure their roots are', () => {
    const records = series({ steps: 60, ranks: 4, extra: (i) => (i >= 40 && i < 45 ? 1 : 0) });
    const segments = storm(startOf(records, 40) - 1000, startOf(records, 45) + 1000);
    const slow = slowSteps(records, [
      impact(segments, { incidentId: 'a-guess', kind: 'congestion', confidence: 0.4 }),
      impact(segments, { incidentId: 'the-root', kind: 'pfc-deadlock', confidence: 0.95 }),
    ]);
    expect(slow.map(({ step }) => step)).toEqual([40, 41, 42, 43, 44]);
    for (const { causes } of slow) expect(causes[0]).toMatchObject({ incident: 'the-root' });
  });

  it('never get more than they could pay, nor more than there is', () => {
    expect(shareExcess(1, [0.2, 0.3])).toEqual([0.2, 0.3]);
    expect(shareExcess(1, [1, 1], [3, 1])).toEqual([0.75, 0.25]);
    expect(shareExcess(1, [0.1, 2], [9, 1])).toEqual([0.1, 0.9]);
    expect(shareExcess(1, [2, 2], [1, 0])).toEqual([1, 0]);
    expect(shareExcess(0, [2, 2])).toEqual([0, 0]);
  });
});

describe('a link that was slow until some time before the last reading', () => {
  it('is blamed for the step in which it recovered', () => {
    const records = series({ steps: 60, ranks: 4, extra: (i) => (i >= 40 && i < 46 ? 2 : 0) });
    const to = startOf(records, 45) + 300;
    const segments = storm(to - 25_000, to, 0.75, 5000);
    segments.push({ startMs: to, endMs: to + 5000, evidenceSeconds: 0, errorMs: 0 });
    const last = (kind: 'link-degraded' | 'incast') =>
      slowSteps(records, [impact(segments, { kind })]).find(({ step }) => step === 45)?.verdict;
    expect(last('link-degraded')).toBe('network');
    expect(last('incast')).toBe('unknown');
  });
});

describe('a late rank during an incident', () => {
  const late = (i: number) => (i >= 46 && i < 50 ? { rank: 2, seconds: 0.5 } : undefined);

  it('is hidden by it where steps without a late rank are delayed as much', () => {
    const records = series({
      steps: 80,
      ranks: 6,
      late,
      extra: (i) => (i >= 40 && i < 46 ? 1.2 : i >= 46 && i < 50 ? 0.7 : 0),
    });
    const slow = slowSteps(records, [impact(storm(startOf(records, 40) - 1000, startOf(records, 50) + 1000))]);
    expect(slow.map(({ step, verdict }) => [step, verdict])).toEqual(
      Array.from({ length: 10 }, (_, i) => [40 + i, 'network']),
    );
    expect(slow.at(-1)?.reasons.join()).toContain('hid the lateness');
  });

  it('did it where they are not delayed', () => {
    const records = series({ steps: 80, ranks: 6, late, extra: (i) => (i >= 46 && i < 50 ? 0.7 : 0) });
    const slow = slowSteps(records, [impact(storm(startOf(records, 40) - 1000, startOf(records, 50) + 1000, 0.5))]);
    expect(slow.map(({ step, verdict }) => [step, verdict])).toEqual(
      Array.from({ length: 4 }, (_, i) => [46 + i, 'not-network']),
    );
  });

  it('is not known without rank data: an incident that pays for little of what was lost around it is not blamed', () => {
    const records = series({ steps: 80, extra: (i) => (i >= 40 && i < 50 ? 0.8 : 0) });
    const segments = storm(startOf(records, 40) - 1000, startOf(records, 50) + 1000, 0.02);
    const strong = segments.findIndex(({ startMs }) => startMs > startOf(records, 44));
    segments[strong] = { ...segments[strong]!, evidenceSeconds: 0.8 };
    const slow = slowSteps(records, [impact(segments)]);
    expect(slow.length).toBe(10);
    expect(slow.filter(({ verdict }) => verdict === 'network')).toEqual([]);
    expect(slow.some(({ reasons }) => reasons.join().includes('something else is at work'))).toBe(true);
  });
});

describe('the chance of a coincidence', () => {
  it('is that of the port, not of all incidents of its kind', () => {
    const records = series({ steps: 600, extra: (i) => (i === 200 || i === 201 || i === 450 || i === 451 ? 1 : 0) });
    const guilty = [200, 450].map((step) => storm(startOf(records, step), startOf(records, step) + 5000));
    const innocent = Array.from({ length: 40 }, (_, i) => storm(20_000 + 29_000 * i, 24_000 + 29_000 * i));
    const told = (track: ReturnType<typeof storm>[], id: string) =>
      track.map((segments, i) => impact(segments, { incidentId: `${id}-${i}`, root: { device: 'leaf1', port: id } }));
    const training = createTraining();
    training.addSteps(records);
    const view = network([...told(guilty, 'Ethernet1'), ...told(innocent, 'Ethernet2')], QUIET);
    const { verdicts } = training.judge(endOf(records), { ...view, coverageOf: () => BUSY }, { flush: true });
    const reasons = verdicts.find(({ step }) => step === 450)?.reasons ?? [];
    const chance = (port: string) =>
      Number(/chance of such a coincidence ([\d.]+)/.exec(reasons.find((text) => text.includes(port)) ?? '')?.[1]);
    expect(chance('Ethernet1')).toBeLessThanOrEqual(0.01);
    expect(Number.isNaN(chance('Ethernet2')) || chance('Ethernet2') > 0.05).toBe(true);
  });
});

describe('tails', () => {
  it('are those of the tables', () => {
    expect(normalTail(0)).toBeCloseTo(0.5, 6);
    expect(normalTail(1.959964)).toBeCloseTo(0.025, 6);
    expect(normalTail(-1.281552)).toBeCloseTo(0.9, 6);
    // The approximation is a tenth high at ten degrees of freedom, which errs towards nature.
    expect(studentTail(2.764, 10) / 0.01).toBeCloseTo(1.09, 2);
    expect(studentTail(2.462, 29) / 0.01).toBeCloseTo(1.01, 1);
    expect(studentTail(2.326, 1e6)).toBeCloseTo(0.01, 4);
  });
});
