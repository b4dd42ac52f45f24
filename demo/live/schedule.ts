import type { FaultKind } from '../fabric/faults.ts';
import { JOB_NAMES } from './live-fabric.ts';

/** A fault to come: seconds since the demo began. */
interface PlannedFault {
  kind: FaultKind;
  atSeconds: number;
  forSeconds: number;
  strength?: number;
  /** At a host of no job. */
  foreign?: boolean;
  /** At this job, by name. */
  job?: string;
}

/** Nothing goes wrong before: detection needs to see what healthy looks like. */
export const WARM_UP_SECONDS = 55;
const ROUND_SECONDS = 180;

/** One round: a storm, an incast, and a slow GPU that is not the network's doing, with rests between. */
const ROUND: readonly PlannedFault[] = [
  { kind: 'pause-storm', atSeconds: 0, forSeconds: 25, strength: 0.65, job: JOB_NAMES[0] },
  { kind: 'incast', atSeconds: 60, forSeconds: 25, job: JOB_NAMES[0] },
  { kind: 'compute-straggler', atSeconds: 120, forSeconds: 25, job: JOB_NAMES[0] },
];

/** What happens instead of the storm in later rounds, in turn, so that a demo left running shows everything. */
const VARIATIONS: readonly (readonly PlannedFault[])[] = [
  ROUND,
  [
    { kind: 'link-degraded', atSeconds: 0, forSeconds: 30 },
    { kind: 'pause-storm', atSeconds: 60, forSeconds: 20, strength: 0.8, foreign: true },
    { kind: 'data-stall', atSeconds: 120, forSeconds: 20 },
  ],
  ROUND,
  [
    { kind: 'ecmp-collision', atSeconds: 0, forSeconds: 30 },
    { kind: 'slow-receiver', atSeconds: 60, forSeconds: 25 },
    { kind: 'checkpoint', atSeconds: 120, forSeconds: 8 },
  ],
];

/** The faults of one round of the script, with times since the demo began. */
export function scriptedRound(round: number): PlannedFault[] {
  const plan = VARIATIONS[round % VARIATIONS.length] ?? ROUND;
  const offset = WARM_UP_SECONDS + round * ROUND_SECONDS;
  return plan.map((fault) => ({ ...fault, atSeconds: fault.atSeconds + offset }));
}

/** When a round has to be planned, seconds since the demo began. */
export function roundStartSeconds(round: number): number {
  return round === 0 ? 0 : WARM_UP_SECONDS + round * ROUND_SECONDS - 10;
}
