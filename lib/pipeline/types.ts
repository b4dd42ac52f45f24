import type { Episode } from '../detectors/episode.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { SampleFrame } from '../samples/frame.ts';
import type { DeviceInfo, JobPlacement, Link } from '../topology/types.ts';
import type { JobSummary, StepRecord, StepVerdict } from '../training/step.ts';

/** What changed since the last call: whole documents, the newest version of each. */
export interface AnalysisChanges {
  incidents: Incident[];
  verdicts: StepVerdict[];
  jobs: JobSummary[];
}

/**
 * Diagnosis and attribution behind one door, the same in the live monitor and in replay: frames, episodes,
 * topology, jobs and steps go in; incidents, verdicts and job totals come out. Time is the data's own
 * (the newest frame end), never the wall clock; `advance` says that time has passed without data.
 */
export interface Analysis {
  setTopology(devices: readonly DeviceInfo[], links: readonly Link[]): void;
  setJobs(jobs: readonly JobPlacement[]): void;
  addFrame(frame: SampleFrame): void;
  addEpisodes(episodes: readonly Episode[]): void;
  addSteps(steps: readonly StepRecord[]): void;
  /** Judges everything that arrived; call after each batch. */
  advance(nowMs: number): AnalysisChanges;
  /** Plain JSON of all state; restore() continues in the middle of a storm. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}
