import { describe, expect, it } from 'vitest';
import { megatronLine } from '../../../demo/steps/megatron-log.ts';
import { stepRecords } from '../../../demo/steps/records.ts';
import { freshFabric, runFor } from '../fabric/small-cluster.ts';

const EPOCH_MS = Date.UTC(2026, 10, 22, 16, 0, 0);

/** The expression that log readers use for Megatron-LM's line. */
const MEGATRON =
  /(?:\[(?<ts>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\])?\s+iteration\s+(?<step>\d+)\/\s*(?<total>\d+)\s+\|.*?elapsed time per iteration \(ms\):\s+(?<ms>[\d.]+)\s+\|/;

describe('steps as the demo reports them', () => {
  const { fabric, cluster } = freshFabric();
  const finished = runFor(fabric, 15_000).filter((step) => step.job === 0);

  it('name rank and host and hold phases that add up to the rank', () => {
    const step = finished[3]!;
    const records = stepRecords(step, cluster.options.jobs[0]!, cluster.topology, EPOCH_MS);
    expect(records.map(({ rank }) => rank)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(records.map(({ host }) => host)).size).toBe(6);
    for (const record of records) {
      expect(record.startMs).toBe(EPOCH_MS + step.startMs);
      const phases = Object.values(record.phasesMs ?? {}).reduce((sum, ms) => sum + ms, 0);
      expect(phases).toBeCloseTo(record.endMs - record.startMs, 0);
    }
  });

  it('read as Megatron-LM lines', () => {
    const step = finished[3]!;
    const groups = MEGATRON.exec(megatronLine(step, EPOCH_MS))?.groups;
    expect(groups?.step).toBe('3');
    expect(Number(groups?.ms)).toBe(step.endMs - step.startMs);
    expect(Date.parse(`${groups?.ts?.slice(0, 23).replace(' ', 'T')}Z`)).toBe(Math.floor(EPOCH_MS + step.endMs));
  });
});
