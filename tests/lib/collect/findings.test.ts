import { describe, expect, it } from 'vitest';
import { withFindings } from '../../../lib/collect/findings.ts';
import type { ReportedHealth, ReportedPath } from '../../../lib/collect/types.ts';
import type { CounterName } from '../../../lib/counters/reading.ts';

const path = (name: string, counters?: CounterName[]): ReportedPath => ({
  path: name,
  requestedIntervalMs: 1000,
  achievedIntervalMs: 1000,
  staircaseMs: null,
  ...(counters === undefined ? {} : { counters }),
});

const report = (paths: ReportedPath[]): ReportedHealth => ({
  target: 'leaf1',
  device: 'leaf1',
  collector: 'snmp',
  address: '10.0.0.11:161',
  state: 'ok',
  lastSuccessMs: 1000,
  lastError: null,
  polls: 1,
  failures: 0,
  ports: 1,
  clockOffsetMs: null,
  paths,
  missing: [],
  refused: [],
  shortestStormMs: 2000,
  collectedBy: 'test',
  atMs: 1000,
});

const pipeline = {
  refreshMs: (_: string, counters?: readonly CounterName[]) =>
    counters?.includes('ecnMarkedPackets') === true ? 10_000 : 5000,
  problemsOf: () => [
    'leaf1/Ethernet1: rxPauseUs saturated: it stands at its end and shows nothing until it is cleared',
    'leaf1: restarted: all counters start again',
  ],
};

describe('what counters have shown', () => {
  it('is told with the path they come by: refresh period, and what is of no use', () => {
    const paths = [path('pause', ['rxPauseUs']), path('ECN marks', ['ecnMarkedPackets']), path('octets', ['rxBytes'])];
    const health = withFindings(report(paths), pipeline);
    expect(health.paths).toEqual([
      expect.objectContaining({ path: 'pause', staircaseMs: 5000, refused: [expect.stringMatching(/saturated/)] }),
      expect.objectContaining({ path: 'ECN marks', staircaseMs: 10_000 }),
      expect.objectContaining({ path: 'octets', staircaseMs: 5000 }),
    ]);
    expect(health.paths[2]).not.toHaveProperty('refused');
    expect(health.paths[0]).not.toHaveProperty('counters');
    expect(health.refused).toHaveLength(2);
  });

  it('says nothing of a path without counters, and the device over of one that may carry any', () => {
    const [optics, any] = withFindings(report([path('optics', []), path('page')]), pipeline).paths;
    expect(optics!.staircaseMs).toBeNull();
    expect(any!.staircaseMs).toBe(5000);
  });
});
