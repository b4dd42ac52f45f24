import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTraining, type Training, type TrainingConfig } from '../../../lib/training/index.ts';
import type { StepRecord, StepVerdict } from '../../../lib/training/step.ts';
import { causesTotal, endOf, impact, network, QUIET, series, storm } from './make-steps.ts';

/** A job with a storm, a late rank and some noise, drawn from a seed. */
const scenario = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  noise: fc.constantFrom(0.003, 0.02, 0.06),
  ranks: fc.constantFrom(0, 1, 5),
  compute: fc.boolean(),
  hit: fc.integer({ min: 3, max: 55 }),
  hitSteps: fc.integer({ min: 1, max: 6 }),
  hitSeconds: fc.double({ min: 0.05, max: 4, noNaN: true }),
  late: fc.integer({ min: 3, max: 55 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  pollMs: fc.constantFrom(1000, 5000),
  shiftMs: fc.integer({ min: -5000, max: 5000 }),
  errorMs: fc.integer({ min: 0, max: 2000 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

function build(drawn: Scenario) {
  const records = series({
    steps: 60,
    noise: drawn.noise,
    seed: drawn.seed,
    ranks: drawn.ranks,
    compute: drawn.compute,
    extra: (i) => (i >= drawn.hit && i < drawn.hit + drawn.hitSteps ? drawn.hitSeconds : 0),
    late: (i) => (i >= drawn.late && i < drawn.late + 2 ? { rank: drawn.ranks - 1, seconds: 0.5 } : undefined),
  });
  const from = (records.find((record) => record.step === drawn.hit)?.startMs ?? 0) + drawn.shiftMs;
  const segments = storm(from, from + 1000 * drawn.hitSteps * (2 + drawn.hitSeconds), drawn.share, drawn.pollMs);
  const other = storm(from + 700, from + 7000, 1 - drawn.share, drawn.pollMs);
  const impacts = [
    impact(segments.map((segment) => ({ ...segment, errorMs: drawn.errorMs }))),
    impact(other, { incidentId: 'incident-2', kind: 'incast', confidence: 0.6 }),
  ];
  return { records, view: network(impacts, QUIET), end: endOf(records) };
}

/** The final verdict of every step: the last one told. */
function collect(told: Map<string, StepVerdict>, verdicts: readonly StepVerdict[]): void {
  for (const verdict of verdicts) told.set(`${verdict.step}`, verdict);
}

function judgedAtOnce(
  records: readonly StepRecord[],
  { view, end }: ReturnType<typeof build>,
  config: Partial<TrainingConfig> = {},
) {
  const training = createTraining(config);
  training.addSteps(records);
  const told = new Map<string, StepVerdict>();
  collect(told, training.judge(end, view, { flush: true }).verdicts);
  return { told, summary: training.summaries()[0] };
}

function judgedAsItComes(
  { records, view, end }: ReturnType<typeof build>,
  everyMs: number,
  between: (training: Training, at: number) => Training = (training) => training,
) {
  let training = createTraining();
  const told = new Map<string, StepVerdict>();
  const queue = [...records].sort((a, b) => a.endMs - b.endMs);
  let at = 0;
  for (let now = everyMs; ; now = Math.min(end, now + everyMs)) {
    const batch: StepRecord[] = [];
    while (queue[at] && queue[at]!.endMs <= now) batch.push(queue[at++]!);
    training.addSteps(batch);
    collect(told, training.judge(now, view, { flush: now >= end }).verdicts);
    training = between(training, now);
    if (now >= end) break;
  }
  return { told, summary: training.summaries()[0] };
}

const sorted = (told: Map<string, StepVerdict>) => [...told.values()].sort((a, b) => a.step - b.step);

describe('what holds for every job and network', () => {
  it('causes never sum to more than the time above the baseline, rounding included', () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { told, summary } = judgedAtOnce(build(drawn).records, build(drawn));
        for (const verdict of told.values()) {
          const above = Math.max(0, verdict.durationSeconds - verdict.baselineSeconds);
          expect(causesTotal(verdict)).toBeLessThanOrEqual(above + 1e-9);
          expect(verdict.causes.every((cause) => cause.seconds > 0)).toBe(true);
          if (!verdict.slow) expect([verdict.verdict, verdict.causes, verdict.excessSeconds]).toEqual([null, [], 0]);
          if (verdict.verdict === 'network') expect(verdict.causes.some((cause) => cause.incident !== null)).toBe(true);
        }
        expect(summary?.lostToNetworkSeconds ?? 0).toBeLessThanOrEqual((summary?.lostSeconds ?? 0) + 1e-6);
      }),
      { numRuns: 150 },
    );
  });

  it('an incident never costs more than its evidence', () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        const built = build(drawn);
        const training = createTraining();
        training.addSteps(built.records);
        const { incidentCosts } = training.judge(built.end, built.view, { flush: true });
        const all = built.view.impactsOf('job', { startMs: -1e9, endMs: 1e9 });
        for (const cost of incidentCosts) {
          const evidence = all
            .filter((known) => known.incidentId === cost.incidentId)
            .flatMap((known) => known.segments)
            .reduce((sum, segment) => sum + segment.evidenceSeconds, 0);
          expect(cost.lostSeconds).toBeLessThanOrEqual(evidence + 1e-6);
          expect(cost.lostSecondsLow).toBeLessThanOrEqual(cost.lostSeconds + 1e-6);
          expect(cost.lostSecondsHigh).toBeGreaterThanOrEqual(cost.lostSeconds - 1e-6);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('the order and batching of arrival change no verdict, nor do duplicates', () => {
    fc.assert(
      fc.property(
        scenario,
        fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 20, maxLength: 60 }),
        (drawn, keys) => {
          const built = build(drawn);
          const shuffled = built.records
            .flatMap((record, i) => ((keys[i % keys.length] ?? 0) % 3 === 0 ? [record, record] : [record]))
            .map((record, i) => ({ record, key: Math.imul(i + 1, (keys[i % keys.length] ?? 1) | 1) >>> 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ record }) => record);
          expect(sorted(judgedAtOnce(shuffled, built).told)).toEqual(sorted(judgedAtOnce(built.records, built).told));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('judging every second or once at the end gives the same last verdicts and totals', () => {
    fc.assert(
      fc.property(scenario, fc.constantFrom(1000, 2000, 7000), (drawn, everyMs) => {
        const built = build(drawn);
        const live = judgedAsItComes(built, everyMs);
        const once = judgedAtOnce(built.records, built);
        expect(sorted(live.told)).toEqual(sorted(once.told));
        expect(live.summary).toEqual(once.summary);
      }),
      { numRuns: 40 },
    );
  });

  it('a restart at any moment changes nothing', () => {
    fc.assert(
      fc.property(scenario, fc.integer({ min: 1, max: 130 }), (drawn, restartAt) => {
        const built = build(drawn);
        let judgements = 0;
        const restarted = judgedAsItComes(built, 1000, (training) => {
          if (++judgements !== restartAt) return training;
          const next = createTraining();
          next.restore(JSON.parse(JSON.stringify(training.snapshot())));
          expect(next.summaries()).toEqual(training.summaries());
          return next;
        });
        const straight = judgedAsItComes(built, 1000);
        expect(sorted(restarted.told)).toEqual(sorted(straight.told));
        expect(restarted.summary).toEqual(straight.summary);
      }),
      { numRuns: 40 },
    );
  });

  it('hostile records are refused one by one and disturb nothing', () => {
    const hostileNumber = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e300, 2 ** 53),
      fc.double(),
    );
    const hostile = fc.record(
      {
        job: fc.constantFrom('job', 'other'),
        step: hostileNumber,
        startMs: hostileNumber,
        endMs: hostileNumber,
        rank: hostileNumber,
        computeEndMs: hostileNumber,
        averagedOver: hostileNumber,
        phasesMs: fc.record({ compute: hostileNumber, dataLoad: hostileNumber }),
      },
      { requiredKeys: ['job', 'step', 'startMs', 'endMs'] },
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 30 }), (records) => {
        const training = createTraining();
        const intake = training.addSteps(records as StepRecord[]);
        expect(intake.accepted + intake.duplicates + intake.rejected.length).toBe(records.length);
        for (const { detail } of intake.rejected) expect(detail.length).toBeGreaterThan(5);
        const { verdicts } = training.judge(1e9, network([], QUIET), { flush: true });
        for (const verdict of verdicts) expect(Number.isFinite(verdict.durationSeconds)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
