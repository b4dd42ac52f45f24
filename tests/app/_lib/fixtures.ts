import type { PortRow } from '../../../lib/api/types.ts';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import type { JobSummary, StepVerdict } from '../../../lib/training/step.ts';

export function incident(change: Partial<Incident> = {}): Incident {
  return {
    id: 'i1',
    kind: 'pause-storm',
    rootDevice: 'leaf3',
    rootPort: 'Ethernet1/5',
    startMs: 1000,
    endMs: null,
    detectedMs: 3000,
    severity: 'critical',
    confidence: 0.9,
    summary: 'a storm',
    victims: [],
    senders: [],
    edges: [],
    jobs: [],
    evidence: [],
    notVisible: [],
    ...change,
  };
}

export function step(number: number, change: Partial<StepVerdict> = {}): StepVerdict {
  return {
    job: 'job0',
    step: number,
    startMs: number * 3000,
    endMs: number * 3000 + 2400,
    durationSeconds: 2.4,
    baselineSeconds: 2.4,
    excessSeconds: 0,
    slow: false,
    verdict: null,
    label: null,
    confidence: null,
    causes: [],
    reasons: [],
    notVisible: [],
    ranks: 0,
    flags: [],
    ...change,
  };
}

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
