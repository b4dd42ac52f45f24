import type { IncidentImpact, IncidentJobCost, JobCoverage } from '../diagnosis/incident.ts';
import type { JobPlacement } from '../topology/types.ts';
import type { StepIntake } from './intake.ts';
import type { JobSummary, StepRecord, StepVerdict } from './step.ts';
import type { RankRow } from './step-entry.ts';

/** A time range, Unix ms, `[startMs, endMs)`. */
export interface TimeRange {
  startMs: number;
  endMs: number;
}

/** What diagnosis knows about the network, asked per job. Both must answer for the last `reviseMs` (10 minutes). */
export interface NetworkView {
  /**
   * Every incident that may have delayed the job in the range, with the segments that overlap it, in time order.
   * An answer replaces what was said before about the range: an incident left out is withdrawn there.
   */
  impactsOf(job: string, range: TimeRange): readonly IncidentImpact[];
  /** How much of the job's paths was watched; undefined when its paths are not known. */
  coverageOf(job: string, range: TimeRange): JobCoverage | undefined;
}

/** What one incident cost one job so far. */
export interface IncidentCost extends IncidentJobCost {
  incidentId: string;
}

/** What changed since the last judgement: whole documents, the newest version of each. */
export interface TrainingChanges {
  verdicts: StepVerdict[];
  jobs: JobSummary[];
  /** A cost that fell to nothing is told once more, with zeros. */
  incidentCosts: IncidentCost[];
}

/** The step side of the analysis: step records and the network view in, verdicts and costs out. No clock, no I/O. */
export interface Training {
  /** Replaces the jobs known; a job that only reports steps works too, without ports or GPUs. */
  setJobs(placements: readonly JobPlacement[]): void;
  /** Takes records in any order, any batch, twice or late. Each refused one is named with its reason; the others count. */
  addSteps(records: readonly StepRecord[]): StepIntake;
  /**
   * Judges every step that ended by `nowMs` and is complete (or past its grace). `flush` judges incomplete steps too:
   * the end of a recording.
   */
  judge(nowMs: number, view: NetworkView, options?: { flush?: boolean }): TrainingChanges;
  /** Totals of every job, whether changed or not. */
  summaries(): JobSummary[];
  /** What each rank said of a step that is still open, by rank; empty when it is not. Of large jobs only the slowest ranks stay. */
  ranksOf(job: string, step: number): RankRow[];
  /** Plain JSON of all state. */
  snapshot(): unknown;
  /** @throws ParseError when it is not a snapshot of this version */
  restore(snapshot: unknown): void;
}
