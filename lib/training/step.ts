import type { CauseKind, NetworkKind } from '../kinds.ts';

export const STEP_PHASES = [
  'compute',
  'forward',
  'backward',
  'optimizer',
  'communication',
  'dataLoad',
  'checkpoint',
  'eval',
] as const;
export type StepPhase = (typeof STEP_PHASES)[number];

/**
 * Time of one part of a step over the ranks, as the job's own log tells it, ms: the shortest and the longest of all
 * ranks, and whose they are where the log says so.
 */
export interface PartTime {
  /** As the program calls it: forward-compute, all-grads-sync, ... */
  name: string;
  maxMs: number;
  minMs?: number;
  minRank?: number;
  maxRank?: number;
}

/** One step as ingested: of one rank, or of the whole job when rank is absent. */
export interface StepRecord {
  job: string;
  step: number;
  rank?: number;
  host?: string;
  /** Unix ms. */
  startMs: number;
  endMs: number;
  /** When this rank's (first) compute phase ended, Unix ms. */
  computeEndMs?: number;
  phasesMs?: Partial<Record<StepPhase, number>>;
  /**
   * The line was a mean over n steps: good for level shifts, useless for naming one step. startMs to endMs is then one step of mean length,
   * the last of the n; they are the ones that ended by endMs.
   */
  averagedOver?: number;
  /** Parts of the step over all ranks; like the step a mean where averagedOver is above 1. */
  parts?: PartTime[];
  /** arrival: the line had no clock, the time is when it was read. */
  timeBasis?: 'source' | 'arrival';
  /** checkpoint, eval, validation, restart, ... */
  tags?: string[];
}

export type Verdict = 'network' | 'not-network' | 'unknown';
export type ConfidenceLabel = 'confirmed' | 'likely' | 'possible';

/** A share of a slow step's excess. `incident` is an id for network kinds, else null. */
export interface StepCause {
  kind: CauseKind;
  incident: string | null;
  seconds: number;
  /** Upper end of the range, seconds. */
  secondsHigh?: number;
  rank?: number;
  host?: string;
  label?: ConfidenceLabel;
  /** A sentence for people. */
  text?: string;
}

/** What we say of one step. Times Unix ms. A step that is not slow has verdict null and no causes. */
export interface StepVerdict {
  job: string;
  step: number;
  /** How often the job had begun anew before: a restarted job counts its steps again. Absent in its first run. */
  run?: number;
  startMs: number;
  endMs: number;
  durationSeconds: number;
  baselineSeconds: number;
  /** max(0, duration - baseline) for a slow step, else 0. */
  excessSeconds: number;
  slow: boolean;
  verdict: Verdict | null;
  label: ConfidenceLabel | null;
  confidence: number | null;
  /** Causes never sum to more than the excess. */
  causes: StepCause[];
  /** Why this verdict, in sentences; and what was not visible. */
  reasons: string[];
  notVisible: string[];
  ranks: number;
  /** The latest rank and by how much, where rank data tells. */
  lateRank?: { rank: number; host?: string; latenessSeconds: number };
  /** warmup, excluded (checkpoint, eval, periodic), averaged, ... */
  flags: string[];
}

/** A job that has stopped stepping, and what the network showed meanwhile. */
export interface HangFinding {
  /** End of its last step, Unix ms. */
  sinceMs: number;
  verdict: Verdict;
  /** Incidents that held the job up since, the one that held it longest first. */
  incidents: { incident: string; kind: NetworkKind; heldSeconds: number }[];
  /** Why, in a sentence. */
  reason: string;
}

/** Totals of one job. */
export interface JobSummary {
  job: string;
  steps: number;
  slowSteps: number;
  lostSeconds: number;
  lostToNetworkSeconds: number;
  lostSecondsByCause: Partial<Record<CauseKind, number>>;
  gpus: number | null;
  baselineSeconds: number | null;
  lastStep: number | null;
  lastStepEndMs: number | null;
  state: 'running' | 'stalled' | 'finished';
  /** While it is stalled. */
  hang?: HangFinding;
}
