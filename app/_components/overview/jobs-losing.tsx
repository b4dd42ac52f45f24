'use client';

import Link from 'next/link';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatGpuSeconds, formatSeconds } from '../../../lib/format/durations.ts';
import { formatPlural } from '../../../lib/format/numbers.ts';
import type { JobSummary } from '../../../lib/training/step.ts';
import { CAUSE_FAMILIES } from '../../_lib/causes.ts';
import { jobHref } from '../../_lib/paths.ts';
import { lostByFamily } from '../../_lib/steps.ts';
import { LostBar } from '../lost-bar.tsx';
import { Empty } from '../states.tsx';

const MOST_JOBS = 4;

/** Jobs that lost time, the worst first, with what took it. */
export function JobsLosing({ jobs, incidents }: { jobs: readonly JobSummary[]; incidents: readonly Incident[] }) {
  if (jobs.length === 0) {
    return (
      <Empty
        title="No job reports steps."
        command={'training: [{ file: /logs/train.log, job: job0 }]   # stallscope.yaml'}
      >
        Point Stallscope at a training log, or post steps to /api/v1/ingest/steps.
      </Empty>
    );
  }
  const hitNow = new Set(
    incidents.filter((one) => one.endMs === null).flatMap((one) => one.jobs.map((cost) => cost.job)),
  );
  const sorted = jobs.toSorted(
    (a, b) => Number(hitNow.has(b.job)) - Number(hitNow.has(a.job)) || gpuSeconds(b) - gpuSeconds(a),
  );
  return (
    <ul className="divide-y divide-line">
      {sorted.slice(0, MOST_JOBS).map((job) => (
        <li key={job.job} className="py-1.5">
          <div className="flex items-baseline gap-2">
            <Link href={jobHref(job.job)} className="link min-w-0 truncate font-medium" data-testid="job-link">
              {job.job}
            </Link>
            {hitNow.has(job.job) && <span className="text-xs text-warning">hit now</span>}
            {job.state !== 'running' && <span className="text-xs text-muted">{job.state}</span>}
            <span className="ml-auto font-semibold">
              {job.gpus === null ? formatSeconds(job.lostSeconds) : formatGpuSeconds(job.lostSeconds * job.gpus)}
              <span className="font-normal text-muted"> lost</span>
            </span>
          </div>
          <LostBar lostSecondsByCause={job.lostSecondsByCause} total={job.lostSeconds} />
          <p className="text-xs text-muted">
            {formatPlural(job.slowSteps, 'slow step')} of {job.steps}
            {mainFamily(job)}
          </p>
        </li>
      ))}
      {sorted.length > MOST_JOBS && (
        <li className="pt-1">
          <Link href="/jobs" className="link">
            {formatPlural(sorted.length - MOST_JOBS, 'more job')}
          </Link>
        </li>
      )}
    </ul>
  );
}

function gpuSeconds(job: JobSummary): number {
  return job.lostSeconds * (job.gpus ?? 1);
}

function mainFamily(job: JobSummary): string {
  const first = lostByFamily(job.lostSecondsByCause)[0];
  return first === undefined ? '' : `, most to ${CAUSE_FAMILIES[first.family].label} (${formatSeconds(first.seconds)})`;
}
