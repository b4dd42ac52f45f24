import { type CauseKind, isNetworkKind, type NetworkKind, type Severity } from '../kinds.ts';
import type { PortRef } from '../topology/types.ts';
import type { Verdict } from '../training/step.ts';
import type { ReplayResult } from './replay.ts';

/** What `stallscope replay --json` prints. Times are ms on the recording's own clock. */
export interface ReplayDocument {
  incidents: {
    id: string;
    kind: NetworkKind;
    rootDevice: string;
    rootPort: string;
    startMs: number;
    endMs: number | null;
    detectedMs: number | null;
    severity: Severity;
    confidence: number;
    summary: string;
    victims: PortRef[];
    senders: PortRef[];
    jobs: { job: string; lostSeconds: number }[];
  }[];
  steps: {
    job: string;
    step: number;
    durationSeconds: number;
    baselineSeconds: number;
    excessSeconds: number;
    slow: boolean;
    verdict: Verdict | null;
    causes: { kind: CauseKind; incident: string | null; seconds: number }[];
  }[];
  jobs: { job: string; steps: number; slowSteps: number; lostSeconds: number; lostToNetworkSeconds: number }[];
}

/** The document of a replay. */
export function replayDocument(result: ReplayResult): ReplayDocument {
  return {
    incidents: result.incidents.map((incident) => ({
      id: incident.id,
      kind: incident.kind,
      rootDevice: incident.rootDevice,
      rootPort: incident.rootPort,
      startMs: incident.startMs,
      endMs: incident.endMs,
      detectedMs: incident.detectedMs,
      severity: incident.severity,
      confidence: incident.confidence,
      summary: incident.summary,
      victims: incident.victims,
      senders: incident.senders,
      jobs: incident.jobs.map(({ job, lostSeconds }) => ({ job, lostSeconds })),
    })),
    steps: result.verdicts.map((verdict) => ({
      job: verdict.job,
      step: verdict.step,
      durationSeconds: verdict.durationSeconds,
      baselineSeconds: verdict.baselineSeconds,
      excessSeconds: verdict.excessSeconds,
      slow: verdict.slow,
      verdict: verdict.verdict,
      causes: verdict.causes.map(({ kind, incident, seconds }) => ({
        kind,
        incident: isNetworkKind(kind) ? incident : null,
        seconds,
      })),
    })),
    jobs: result.jobs.map(({ job, steps, slowSteps, lostSeconds, lostToNetworkSeconds }) => ({
      job,
      steps,
      slowSteps,
      lostSeconds,
      lostToNetworkSeconds,
    })),
  };
}
