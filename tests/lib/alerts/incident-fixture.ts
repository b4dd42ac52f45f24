import type { Incident } from '../../../lib/diagnosis/incident.ts';

/** A pause storm at leaf3/Ethernet1/7, open, critical; times in 2026. */
export function incident(change: Partial<Incident> = {}): Incident {
  return {
    id: 'inc-1',
    kind: 'pause-storm',
    rootDevice: 'leaf3',
    rootPort: 'Ethernet1/7',
    priority: 3,
    startMs: 1_795_000_000_000,
    endMs: null,
    detectedMs: 1_795_000_002_000,
    severity: 'critical',
    confidence: 0.93,
    summary: 'gpu07 pauses leaf3 Ethernet1/7 for 65 % of the time',
    victims: [{ device: 'spine1', port: 'Ethernet3' }],
    senders: [],
    edges: [],
    jobs: [{ job: 'llama', lostSeconds: 12.5, lostSecondsLow: 9, lostSecondsHigh: 15, steps: 3 }],
    evidence: [
      {
        text: 'rx pause 0.65',
        metric: 'rxPauseFraction',
        value: 0.65,
        threshold: 0.1,
        unit: 'fraction',
        startMs: 1_795_000_000_000,
        endMs: 1_795_000_002_000,
        basis: 'measured',
      },
    ],
    notVisible: [],
    ...change,
  };
}
