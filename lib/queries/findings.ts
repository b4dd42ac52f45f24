import type { Incident } from '../diagnosis/incident.ts';
import { SEVERITIES } from '../kinds.ts';
import type { JobSummary, StepVerdict } from '../training/step.ts';

/** Ended incidents that stay at hand, and for how long. */
const KEEP_ENDED_MS = 3_600_000;
const MAX_INCIDENTS = 2000;
const MAX_SLOW_STEPS = 20;

/** What the analysis found lately, at hand for the overview without a query. */
export class Findings {
  readonly #incidents = new Map<string, Incident>();
  readonly jobs = new Map<string, JobSummary>();
  #slowSteps: StepVerdict[] = [];

  setIncidents(incidents: readonly Incident[], nowMs: number): void {
    for (const incident of incidents) this.#incidents.set(incident.id, incident);
    for (const [id, { endMs }] of this.#incidents) {
      if (endMs !== null && (nowMs - endMs > KEEP_ENDED_MS || this.#incidents.size > MAX_INCIDENTS)) {
        this.#incidents.delete(id);
      }
    }
  }

  setVerdicts(verdicts: readonly StepVerdict[]): void {
    if (verdicts.length === 0) return;
    const keyOf = ({ job, step, run = 0 }: StepVerdict) => `${job}\n${step}\n${run}`;
    const named = new Set(verdicts.map(keyOf));
    this.#slowSteps = [
      ...this.#slowSteps.filter((verdict) => !named.has(keyOf(verdict))),
      ...verdicts.filter(({ slow }) => slow),
    ]
      .sort((a, b) => b.endMs - a.endMs)
      .slice(0, MAX_SLOW_STEPS);
  }

  setJobs(jobs: readonly JobSummary[]): void {
    for (const job of jobs) this.jobs.set(job.job, job);
  }

  /** Newest first, at most 20. */
  slowSteps(): StepVerdict[] {
    return this.#slowSteps;
  }

  open(): Incident[] {
    return this.incidents().filter(({ endMs }) => endMs === null);
  }

  /** Open ones first, then by severity, then the newest. */
  incidents(): Incident[] {
    return [...this.#incidents.values()].sort(
      (a, b) =>
        Number(a.endMs !== null) - Number(b.endMs !== null) ||
        SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
        b.startMs - a.startMs,
    );
  }
}
