import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyVariant, type VARIANTS } from '../../bench/accuracy/variants.ts';
import { planScenario, SCENARIO_KINDS } from '../../bench/scenarios/plan.ts';
import { writeScenario } from '../../bench/scenarios/write.ts';
import type { TruthDocument } from '../../demo/truth/document.ts';
import { readRecording } from '../../lib/replay/index.ts';
import type { RecordedColumn, Recording } from '../../lib/replay/recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'stallscope-scenarios-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function make(seed: number, kind: (typeof SCENARIO_KINDS)[number]): Promise<[Recording, TruthDocument]> {
  const plan = { ...planScenario(seed, kind, 500), durationMs: 80_000 };
  const where = join(folder, plan.name);
  writeScenario(plan, where);
  return [await readRecording(where), JSON.parse(readFileSync(join(where, 'truth.json'), 'utf8'))];
}

describe('planned scenarios', () => {
  it('cover every kind and level, with a quiet start and faults that end in time', () => {
    const plans = Array.from({ length: 150 }, (_, seed) => planScenario(seed));
    expect(new Set(plans.map(({ kind }) => kind))).toEqual(new Set(SCENARIO_KINDS));
    expect(new Set(plans.map(({ level }) => level))).toEqual(new Set(['weak', 'medium', 'strong', null]));
    for (const { kind, faults, durationMs } of plans) {
      if (kind === 'healthy' || kind === 'healthy-busy') expect(faults).toEqual([]);
      else expect(faults.length).toBeGreaterThan(0);
      for (const fault of faults) {
        expect(fault.startMs).toBeGreaterThanOrEqual(40_000);
        expect(fault.endMs).toBeLessThanOrEqual(durationMs - 10_000);
        expect(fault.strength).toBeGreaterThan(0);
      }
    }
  });

  it('are the same for the same seed', () => {
    expect(JSON.stringify(planScenario(7).faults)).toBe(JSON.stringify(planScenario(7).faults));
    expect(planScenario(7).faults).not.toEqual(planScenario(7 + SCENARIO_KINDS.length).faults);
  });
});

describe('a written scenario', () => {
  let storm: [Recording, TruthDocument];
  beforeAll(async () => {
    storm = await make(33, 'pause-storm');
  }, 60_000);

  it('reads as a recording with nothing missing', () => {
    const [recording, truth] = storm;
    expect(recording.notes).toEqual([]);
    expect(recording.counters.columns.size).toBe(15);
    expect(recording.links.length * 2).toBe(recording.counters.ports.length);
    for (const { job, ranks } of recording.jobs) {
      const steps = recording.steps.filter((step) => step.job === job);
      expect(steps).toHaveLength((truth.steps[job]?.length ?? 0) * ranks.length);
    }
  });

  it('tells truth that its own steps bear out', () => {
    const [recording, truth] = storm;
    for (const [job, list] of Object.entries(truth.steps)) {
      const usual = [...list.map(([, seconds]) => seconds)].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
      const skip = new Set(truth.doNotScoreSteps.filter(([name]) => name === job).map(([, step]) => step));
      for (const [step, seconds] of list) {
        const records = recording.steps.filter((record) => record.job === job && record.step === step);
        const endMs = Math.max(...records.map((record) => record.endMs));
        expect(seconds).toBeCloseTo((endMs - records[0]!.startMs) / 1000, 3);
        const affected = truth.faults.some((fault) => fault.affectedSteps[job]?.includes(step));
        if (skip.has(step)) continue;
        if (affected) expect(seconds).toBeGreaterThan(1.04 * usual);
        else expect(seconds).toBeLessThan(1.12 * usual);
      }
    }
    const lost = Object.values(truth.networkLostSeconds).reduce((sum, seconds) => sum + seconds, 0);
    expect(lost).toBeGreaterThan(1);
    expect(truth.faults.every((fault) => fault.acceptPorts.length === 2)).toBe(true);
  });

  it('lays nothing at the network where a GPU was slow', async () => {
    const [, truth] = await make(33, 'compute-straggler');
    expect(truth.networkLostSeconds).toEqual({});
    expect(truth.faults.some((fault) => Object.keys(fault.affectedSteps).length > 0)).toBe(true);
  }, 60_000);

  it('loses what a variant hides, and keeps the rest', () => {
    const [recording] = storm;
    const of = (variant: (typeof VARIANTS)[number]): Recording => applyVariant(recording, variant, 1000, 0, 3);
    expect(of('as recorded')).toBe(recording);
    expect([...of('no pause duration').counters.columns.keys()]).not.toContain('rx_pause_us');
    expect(of('no pause duration').counters.columns.size).toBe(13);
    expect(of('no ECN, no watermark').counters.columns.size).toBe(12);
    const whole = of('no rank data').steps;
    expect(whole.every((step) => step.rank === undefined && step.computeEndMs === undefined)).toBe(true);
    expect(whole.length).toBe(new Set(recording.steps.map(({ job, step }) => `${job} ${step}`)).size);
  });

  it('is spoiled as the rough variant says: polls missed, clocks off, one switch reset', () => {
    const [recording] = storm;
    const spoiled = applyVariant(recording, 'rough', 1000, 0, 3);
    const rows = (from: Recording): number => from.counters.rowsOf.reduce((sum, list) => sum + list.length, 0);
    const missed = 1 - rows(spoiled) / rows(recording);
    expect(missed).toBeGreaterThan(0.002);
    expect(missed).toBeLessThan(0.03);
    const shifts = spoiled.counters.rowsOf.map(
      (list) => spoiled.counters.atMs[list[0]!]! - recording.counters.atMs[list[0]!]!,
    );
    expect(Math.max(...shifts.map(Math.abs))).toBeLessThanOrEqual(1000);
    expect(new Set(shifts.map(Math.round)).size).toBeGreaterThan(5);
    const falls = spoiled.counters.ports.filter((_, port) => hasFall(spoiled, port, 'rx_bytes'));
    expect(new Set(falls.map(({ device }) => device)).size).toBe(1);
    expect(recording.counters.ports.some((_, port) => hasFall(recording, port, 'rx_bytes'))).toBe(false);
  });
});

function hasFall({ counters }: Recording, port: number, name: RecordedColumn): boolean {
  const values = counters.columns.get(name)!;
  const read = (row: number): number => values.high[row]! * 2 ** 32 + values.low[row]!;
  const rows = counters.rowsOf[port]!;
  return rows.some((row, i) => i > 0 && read(row) < read(rows[i - 1]!));
}
