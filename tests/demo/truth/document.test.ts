import { describe, expect, it } from 'vitest';
import { Fabric } from '../../../demo/fabric/fabric.ts';
import type { Fault } from '../../../demo/fabric/faults.ts';
import type { FinishedStep } from '../../../demo/fabric/job.ts';
import { TruthBook, type TruthDocument } from '../../../demo/truth/document.ts';
import { smallCluster } from '../fabric/small-cluster.ts';

const { topology, options, tenantHosts } = smallCluster();
const JOB = options.jobs[0]!.name;

function step(number: number, ms: number): FinishedStep {
  return { job: 0, step: number, startMs: number * 10_000, endMs: number * 10_000 + ms, checkpointMs: 0, ranks: [] };
}

function fault(id: number, kind: Fault['kind'], extra: Partial<Fault> = {}): Fault {
  return { id, kind, startMs: 100_000, endMs: 120_000, strength: 0.5, host: tenantHosts[0]!, ...extra };
}

/** Twenty usual steps of 3 s, then one step with what it would have been without each fault. */
function describeStep(
  faults: Fault[],
  durationMs: number,
  without: { cleanMs: number; withoutNetworkMs?: number; addedMs: [number, number][] },
): TruthDocument {
  const book = new TruthBook(topology, options.jobs);
  for (let number = 0; number < 20; number++) book.addStep(step(number, 3000));
  const finished = step(20, durationMs);
  book.addStep(finished);
  book.addJudged({
    finished,
    durationMs,
    cleanMs: without.cleanMs,
    withoutNetworkMs: without.withoutNetworkMs ?? without.cleanMs,
    addedMs: new Map(without.addedMs),
  });
  return book.document('x', faults, 300_000);
}

describe('the truth document', () => {
  it('names the fault that made a step longer, and what the network cost', () => {
    const truth = describeStep([fault(0, 'incast')], 6000, { cleanMs: 3000, addedMs: [[0, 3000]] });
    expect(truth.faults[0]).toMatchObject({ affectedSteps: { [JOB]: [20] }, optional: false });
    expect(truth.networkLostSeconds).toEqual({ [JOB]: 3 });
    expect(truth.doNotScoreSteps).toEqual([]);
    expect(truth.steps[JOB]?.at(-1)).toEqual([20, 6]);
  });

  it('asks nothing of a step whose excess is too small to see', () => {
    const truth = describeStep([fault(0, 'incast')], 3120, { cleanMs: 3000, addedMs: [[0, 120]] });
    expect(truth.faults[0]).toMatchObject({ affectedSteps: {}, optional: true });
    expect(truth.doNotScoreSteps).toEqual([[JOB, 20]]);
    expect(truth.networkLostSeconds).toEqual({});
  });

  it('asks nothing of a slowed step that is no longer than the job is on its own', () => {
    const truth = describeStep([fault(0, 'incast')], 3100, { cleanMs: 2600, addedMs: [[0, 500]] });
    expect(truth.doNotScoreSteps).toEqual([[JOB, 20]]);
    expect(truth.biasUnscored).toEqual([JOB]);
  });

  it('asks nothing of a step that is long for no fault', () => {
    const truth = describeStep([], 3400, { cleanMs: 3400, addedMs: [] });
    expect(truth.doNotScoreSteps).toEqual([[JOB, 20]]);
  });

  it('does not ask who is to blame when network and compute share a step', () => {
    const faults = [fault(0, 'incast'), fault(1, 'compute-straggler', { job: 0, rank: 1 })];
    const truth = describeStep(faults, 6000, {
      cleanMs: 3000,
      withoutNetworkMs: 4000,
      addedMs: [
        [0, 2000],
        [1, 1000],
      ],
    });
    expect(truth.doNotScoreSteps).toEqual([[JOB, 20]]);
    expect(truth.networkLostSeconds).toEqual({ [JOB]: 2 });
  });

  it('names the one fault of two that did it', () => {
    const faults = [fault(0, 'incast'), fault(1, 'link-degraded', { port: 20 })];
    const truth = describeStep(faults, 6000, {
      cleanMs: 3000,
      addedMs: [
        [0, 2900],
        [1, 50],
      ],
    });
    expect(truth.faults.map(({ affectedSteps }) => affectedSteps)).toEqual([{ [JOB]: [20] }, {}]);
    expect(truth.doNotScoreSteps).toEqual([]);
  });

  it('does not ask for a storm that hardly showed, but for one that showed and hurt nobody', () => {
    for (const [strength, optional] of [
      [0.05, true],
      [0.5, false],
    ] as const) {
      const fabric = Fabric.create(options);
      const book = new TruthBook(topology, options.jobs);
      const storm = fault(0, 'pause-storm', { startMs: 1000, endMs: 5000, strength });
      fabric.addFault(storm);
      for (let untilMs = 500; untilMs <= 6000; untilMs += 500) {
        fabric.advance(untilMs);
        book.observe(fabric.network, [storm]);
      }
      expect(book.document('x', [storm], 6000).faults[0]?.optional).toBe(optional);
    }
  });

  it('accepts either end of the cable as the root, by name', () => {
    const truth = describeStep([fault(0, 'pause-storm')], 6000, { cleanMs: 3000, addedMs: [[0, 3000]] });
    const host = topology.devices[tenantHosts[0]!]!.name;
    expect(truth.faults[0]?.acceptPorts.map(({ device }) => device)).toEqual(['leaf0', host]);
    expect(truth.faults[0]?.acceptKinds).toContain('slow-receiver');
  });
});
