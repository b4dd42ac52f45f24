import type { Incident, IncidentJobCost } from '../../lib/diagnosis/incident.ts';
import type { JobSummary } from '../../lib/training/step.ts';
import { portName } from './paths.ts';

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

/**
 * Other incidents that were going on at the same time and share a port or a job with this one, the surest first: what
 * a slow step may owe to them instead.
 */
export function rivalsOf(incident: Incident, all: readonly Incident[]): Incident[] {
  const places = new Set(portsOf(incident));
  const jobs = new Set(incident.jobs.map(({ job }) => job));
  const endMs = incident.endMs ?? Number.POSITIVE_INFINITY;
  return all
    .filter((other) => other.id !== incident.id)
    .filter((other) => other.startMs < endMs && (other.endMs ?? Number.POSITIVE_INFINITY) > incident.startMs)
    .filter((other) => other.jobs.some(({ job }) => jobs.has(job)) || portsOf(other).some((port) => places.has(port)))
    .sort((a, b) => b.confidence - a.confidence || a.startMs - b.startMs);
}

function portsOf({ rootDevice, rootPort, victims, edges }: Incident): string[] {
  const root = { device: rootDevice, port: rootPort };
  return [root, ...victims, ...edges.flatMap(({ from, to }) => [from, to])].map(portName);
}

/** The incidents that began just before and just after one; null at either end. */
export function timeNeighbours(
  incidents: readonly Incident[],
  id: string,
): { previous: string | null; next: string | null } {
  const ordered = incidents.toSorted((a, b) => a.startMs - b.startMs);
  const index = ordered.findIndex((incident) => incident.id === id);
  if (index < 0) return { previous: null, next: null };
  return { previous: ordered[index - 1]?.id ?? null, next: ordered[index + 1]?.id ?? null };
}

/** The incident as lines for a ticket; times in UTC, so that they mean the same to every reader. */
export function incidentText(incident: Incident): string {
  const root = `${incident.rootDevice}/${incident.rootPort}`;
  const priority = incident.priority === undefined ? '' : ` priority ${incident.priority}`;
  const iso = (timestampMs: number) => new Date(timestampMs).toISOString();
  return [
    `${incident.severity} ${incident.kind} at ${root}${priority}`,
    `from ${iso(incident.startMs)} ${incident.endMs === null ? 'until now' : `to ${iso(incident.endMs)}`}`,
    incident.summary,
    `confidence in the root: ${Math.round(incident.confidence * 100)} %`,
    ...costliestFirst(incident.jobs).map(
      (cost) =>
        `job ${cost.job}: ${cost.lostSeconds.toFixed(1)} s lost (${cost.lostSecondsLow.toFixed(1)} to ${cost.lostSecondsHigh.toFixed(1)}) in ${cost.steps} steps`,
    ),
    'evidence:',
    ...incident.evidence.map((item) => `- ${item.text} (${item.basis})`),
    ...(incident.notVisible.length === 0 ? [] : ['not visible:', ...incident.notVisible.map((text) => `- ${text}`)]),
    `victims: ${incident.victims.map((port) => `${port.device}/${port.port}`).join(', ') || 'none'}`,
    `id: ${incident.id}`,
  ].join('\n');
}
