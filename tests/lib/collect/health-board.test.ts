import { describe, expect, it } from 'vitest';
import { HealthBoard } from '../../../lib/collect/health-board.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';

const health = (paths: TargetHealth['paths']): TargetHealth => ({
  ...{ target: 'leaf1', device: 'leaf1', collector: 'gnmi', address: '10.0.0.1', state: 'ok', lastSuccessMs: 1 },
  ...{ lastError: null, polls: 1, failures: 0, ports: 1, clockOffsetMs: null, paths, missing: [], refused: [] },
  ...{ shortestStormMs: null, collectedBy: 'test', atMs: 1 },
});
const path = { path: '/a', requestedIntervalMs: 1000, achievedIntervalMs: 1000, staircaseMs: null };

describe('what leaves the process of a target', () => {
  it('is bounded, and the end of a name tells more than its start', () => {
    const told: TargetHealth[] = [];
    const board = new HealthBoard((one) => told.push(one));
    const missingLeaves = Array.from({ length: 1000 }, (_, index) => ({
      leaf: `${'x/'.repeat(1000)}leaf${index}`,
      fields: ['dropsPerSec'],
    }));
    board.set(health([{ ...path, missingLeaves }, path]), 0);
    const [first, second] = told[0]!.paths;
    expect(first!.missingLeaves).toHaveLength(200);
    expect(first!.missingLeaves![7]!.leaf).toHaveLength(256);
    expect(first!.missingLeaves![7]!.leaf).toMatch(/x\/leaf7$/);
    expect(second).toEqual(path);
    expect(board.all()).toEqual(told);
  });

  it('is told when it changes, and otherwise every ten seconds', () => {
    const told: TargetHealth[] = [];
    const board = new HealthBoard((one) => told.push(one));
    for (const nowMs of [0, 1000, 9999, 10_000]) board.set(health([]), nowMs);
    expect(told).toHaveLength(2);
    board.set({ ...health([]), state: 'down' }, 10_001);
    expect(told).toHaveLength(3);
  });
});
