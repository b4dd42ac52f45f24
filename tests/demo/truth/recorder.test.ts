import { describe, expect, it } from 'vitest';
import { placeFault } from '../../../demo/fabric/placement.ts';
import { type JudgedStep, TruthRecorder } from '../../../demo/truth/recorder.ts';
import { freshFabric } from '../fabric/small-cluster.ts';

function judge(slice: number): JudgedStep[] {
  const { fabric, cluster } = freshFabric(2);
  const place = placeFault(cluster, 'pause-storm', 2, 0, { job: 0 });
  fabric.addFault({ ...place, id: 0, kind: 'pause-storm', startMs: 15_000, endMs: 25_000, strength: 0.7 });
  const stall = placeFault(cluster, 'data-stall', 2, 1, { job: 1 });
  fabric.addFault({ ...stall, id: 1, kind: 'data-stall', startMs: 15_000, endMs: 25_000, strength: 1.5 });
  const judged: JudgedStep[] = [];
  const recorder = new TruthRecorder((step) => judged.push(step));
  while (fabric.nowMs < 40_000) {
    recorder.beforeTick(fabric);
    for (const step of fabric.tick()) recorder.ended(fabric, step);
    if (slice > 0) recorder.work(slice);
  }
  recorder.work();
  return judged;
}

describe('truth by paired runs', () => {
  it('lays a storm at the door of the job behind it and a stall at its own', () => {
    const judged = judge(0);
    const addedBy = (id: number, job: number): number =>
      judged
        .filter((step) => step.finished.job === job)
        .reduce((sum, step) => sum + Math.max(0, step.addedMs.get(id) ?? 0), 0);
    expect(addedBy(0, 0)).toBeGreaterThan(2000);
    expect(addedBy(1, 1)).toBeGreaterThan(1500);
    expect(addedBy(1, 0)).toBeLessThan(0.1 * addedBy(0, 0));
  });

  it('sees only steps that a fault overlaps', () => {
    for (const step of judge(0)) {
      expect(step.finished.endMs).toBeGreaterThan(15_000);
      expect(step.finished.startMs).toBeLessThan(27_000);
      expect(step.durationMs).toBe(step.finished.endMs - step.finished.startMs);
    }
  });

  it('comes to the same when it is worked out in slices', () => {
    const strip = (steps: JudgedStep[]): unknown[] => steps.map((step) => ({ ...step, addedMs: [...step.addedMs] }));
    expect(strip(judge(3))).toEqual(strip(judge(0)));
  });
});
