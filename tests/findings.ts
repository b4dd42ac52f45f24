import type { Incident } from '../lib/diagnosis/incident.ts';
import type { StepVerdict } from '../lib/training/step.ts';

/** A storm that goes on, seen two seconds after it began. */
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

/** A step of 2.4 s that was not slow; one begins every 3 s. */
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
