import type { Incident, IncidentJobCost } from '../../lib/diagnosis/incident.ts';
import type { JobSummary } from '../../lib/training/step.ts';

const SEVERITY_ORDER = { critical: 0, warning: 1, info: 2 } as const;

/** Open before ended, worse before milder, then the one that cost most, then the newest. */
export function worstFirst(incidents: readonly Incident[]): Incident[] {
  return incidents.toSorted(
    (a, b) =>
      Number(a.endMs !== null) - Number(b.endMs !== null) ||
      SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
      lostSeconds(b) - lostSeconds(a) ||
      b.startMs - a.startMs,
  );
}

/** Seconds all jobs together lost to an incident so far. */
export function lostSeconds(incident: Pick<Incident, 'jobs'>): number {
  return incident.jobs.reduce((sum, cost) => sum + cost.lostSeconds, 0);
}

/** GPU-seconds as a range; null where the GPU count of a job that lost time is not known. */
export function lostGpuSeconds(
  incident: Pick<Incident, 'jobs'>,
  gpusOf: (job: string) => number | null,
): { best: number; low: number; high: number } | null {
  const total = { best: 0, low: 0, high: 0 };
  for (const cost of incident.jobs) {
    if (cost.lostSecondsHigh <= 0 && cost.lostSeconds <= 0) continue;
    const gpus = gpusOf(cost.job);
    if (gpus === null) return null;
    total.best += cost.lostSeconds * gpus;
    total.low += cost.lostSecondsLow * gpus;
    total.high += cost.lostSecondsHigh * gpus;
  }
  return total;
}

/** A look-up of GPU counts from the jobs a screen holds. */
export function gpuLookup(jobs: readonly JobSummary[]): (job: string) => number | null {
  const byJob = new Map(jobs.map((job) => [job.job, job.gpus]));
  return (job) => byJob.get(job) ?? null;
}

/** The job that lost most first. */
export function costliestFirst(costs: readonly IncidentJobCost[]): IncidentJobCost[] {
  return costs.toSorted((a, b) => b.lostSeconds - a.lostSeconds);
}

/** How a confidence reads; the bounds are those of the step labels (0.8 and 0.5). */
export function confidenceWord(confidence: number): 'confirmed' | 'likely' | 'possible' {
  if (confidence >= 0.8) return 'confirmed';
  return confidence >= 0.5 ? 'likely' : 'possible';
}
