import type { Incident } from '../diagnosis/incident.ts';
import { createDiagnosis, type DiagnosisConfig } from '../diagnosis/index.ts';
import { createTraining, type TrainingConfig } from '../training/index.ts';
import type { Analysis, AnalysisChanges } from './types.ts';

/** Thresholds that differ from the defaults. */
export interface AnalysisOptions {
  diagnosis?: Partial<DiagnosisConfig>;
  training?: Partial<TrainingConfig>;
}

/** The analysis as its own process drives it: a replay also says when its recording is over. */
export interface DrivenAnalysis extends Analysis {
  /** Judges all steps there are, complete or not: nothing more will come. */
  finish(nowMs: number): AnalysisChanges;
}

interface AnalysisSnapshot {
  version: 1;
  diagnosis: unknown;
  training: unknown;
  judgedUntilMs?: [job: string, ms: number][];
}

/** Diagnosis and attribution behind one door. */
export function createAnalysis(options: AnalysisOptions = {}): DrivenAnalysis {
  const diagnosis = createDiagnosis(options.diagnosis);
  const training = createTraining(options.training);

  /** By job, the end of its last judged step. */
  let judgedUntilMs = new Map<string, number>();

  const advance = (nowMs: number, flush: boolean): AnalysisChanges => {
    const changed = new Map<string, Incident>();
    for (const incident of diagnosis.advance(nowMs)) changed.set(incident.id, incident);
    const judged = training.judge(nowMs, diagnosis, { flush });
    for (const { incidentId, ...cost } of judged.incidentCosts) {
      const incident = diagnosis.applyCost(incidentId, cost);
      if (incident !== null) changed.set(incident.id, incident);
    }
    for (const { job, endMs } of judged.verdicts) {
      judgedUntilMs.set(job, Math.max(endMs, judgedUntilMs.get(job) ?? Number.NEGATIVE_INFINITY));
    }
    for (const incident of diagnosis.settleHarmless(judgedUntilMs)) changed.set(incident.id, incident);
    return { incidents: [...changed.values()], verdicts: judged.verdicts, jobs: judged.jobs };
  };

  return {
    setTopology: (devices, links) => diagnosis.setTopology(devices, links),
    setJobs(jobs) {
      diagnosis.setJobs(jobs);
      training.setJobs(jobs);
    },
    addFrame: (frame) => diagnosis.addFrame(frame),
    addEpisodes: (episodes) => diagnosis.addEpisodes(episodes),
    addSteps(steps) {
      training.addSteps(steps);
    },
    advance: (nowMs) => advance(nowMs, false),
    finish: (nowMs) => advance(nowMs, true),
    snapshot: (): AnalysisSnapshot => ({
      version: 1,
      diagnosis: diagnosis.snapshot(),
      training: training.snapshot(),
      judgedUntilMs: [...judgedUntilMs],
    }),
    restore(snapshot) {
      const saved = snapshot as AnalysisSnapshot;
      if (saved?.version !== 1) return;
      diagnosis.restore(saved.diagnosis);
      training.restore(saved.training);
      judgedUntilMs = new Map(saved.judgedUntilMs ?? []);
    },
  };
}
