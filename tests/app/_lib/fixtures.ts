import type { PortRow } from '../../../lib/api/types.ts';
import type { JobSummary } from '../../../lib/training/step.ts';

export function job(name: string, change: Partial<JobSummary> = {}): JobSummary {
  return {
    job: name,
    steps: 10,
    slowSteps: 1,
    lostSeconds: 2,
    lostToNetworkSeconds: 1,
    lostSecondsByCause: {},
    gpus: 8,
    baselineSeconds: 2.4,
    lastStep: 9,
    lastStepEndMs: 0,
    state: 'running',
    ...change,
  };
}

export function portRow(device: string, port: string, change: Partial<PortRow> = {}): PortRow {
  const nothing = { peer: null, jobs: [], latest: {}, bounded: [] };
  return { device, port, atMs: 10_000, intervalMs: 1000, stale: false, ...nothing, ...change };
}
