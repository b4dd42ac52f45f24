import { TRAINING_DEFAULTS, type TrainingConfig } from './config.ts';
import type { Training, TrainingChanges } from './contract.ts';
import type { StepIntake } from './intake.ts';
import { JobTracker } from './job-tracker.ts';
import { readTrainingSnapshot } from './training-snapshot.ts';

export { TRAINING_DEFAULTS, type TrainingConfig } from './config.ts';
export type { IncidentCost, NetworkView, TimeRange, Training, TrainingChanges } from './contract.ts';
export { type JobEfficiency, jobEfficiency, predictedScaling, scalingEfficiency } from './efficiency.ts';
export { explainStep } from './explain.ts';
export { checkStep, type RejectedStep, type StepIntake } from './intake.ts';
export type { RankRow } from './step-entry.ts';

/** Opens an empty training judgement. Memory is bounded by `maxJobs` and per job by `openSteps`. */
export function createTraining(overrides: Partial<TrainingConfig> = {}): Training {
  const config: TrainingConfig = { ...TRAINING_DEFAULTS, ...overrides };
  let jobs = new Map<string, JobTracker>();
  const tracker = (job: string): JobTracker => {
    const found = jobs.get(job) ?? new JobTracker(job, config);
    // Kept in order of use: the first is the one that has been silent longest.
    jobs.delete(job);
    jobs.set(job, found);
    for (const silent of jobs.keys()) {
      if (jobs.size <= config.maxJobs) break;
      jobs.delete(silent);
    }
    return found;
  };
  return {
    setJobs(placements) {
      const named = new Map(placements.map((placement) => [placement.job, placement]));
      for (const [job, known] of jobs) known.setPlacement(named.get(job));
      for (const placement of placements) tracker(placement.job).setPlacement(placement);
    },
    addSteps(records) {
      const intake: StepIntake = { accepted: 0, duplicates: 0, rejected: [] };
      records.forEach((record, index) => {
        const problem = typeof record?.job === 'string' && record.job !== '' ? tracker(record.job).add(record) : NO_JOB;
        if (problem === null) intake.accepted++;
        else if (problem === 'duplicate') intake.duplicates++;
        else intake.rejected.push({ index, ...problem });
      });
      return intake;
    },
    judge(nowMs, view, options = {}) {
      const changes: TrainingChanges = { verdicts: [], jobs: [], incidentCosts: [] };
      for (const job of jobs.values()) job.judge(nowMs, view, options.flush ?? false, changes);
      return changes;
    },
    summaries: () => [...jobs.values()].map((job) => job.summary()),
    ranksOf: (job, step) => jobs.get(job)?.ranksOf(step) ?? [],
    snapshot: () => ({ version: 1, jobs: [...jobs.values()].map((job) => job.snapshot()) }),
    restore(snapshot) {
      const states = readTrainingSnapshot(snapshot);
      jobs = new Map(states.map((state) => [state.job, JobTracker.restore(state, config)]));
    },
  };
}

const NO_JOB = { code: 'invalid', detail: 'job is missing' } as const;
