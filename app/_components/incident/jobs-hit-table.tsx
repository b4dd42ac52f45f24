'use client';

import Link from 'next/link';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatGpuSeconds, formatSeconds, formatSecondsRange } from '../../../lib/format/durations.ts';
import { formatCount } from '../../../lib/format/numbers.ts';
import type { JobSummary } from '../../../lib/training/step.ts';
import { costliestFirst, gpuLookup } from '../../_lib/incidents.ts';
import { jobHref } from '../../_lib/paths.ts';
import { Empty } from '../states.tsx';

/** What the incident cost each job so far. */
export function JobsHitTable({ incident, jobs }: { incident: Incident; jobs: readonly JobSummary[] }) {
  if (incident.jobs.length === 0) {
    return <Empty title="No job lost time to it.">Jobs are matched by the ports their hosts use.</Empty>;
  }
  const gpusOf = gpuLookup(jobs);
  return (
    <table className="w-full">
      <thead>
        <tr className="text-left text-xs text-muted">
          <th scope="col">job</th>
          <th scope="col" className="text-right">
            steps
          </th>
          <th scope="col" className="text-right">
            lost
          </th>
          <th scope="col" className="text-right">
            range
          </th>
        </tr>
      </thead>
      <tbody>
        {costliestFirst(incident.jobs).map((cost) => {
          const gpus = gpusOf(cost.job);
          return (
            <tr key={cost.job} className="h-7 border-t border-line">
              <th scope="row" className="text-left">
                <Link href={jobHref(cost.job)} className="link" data-testid="job-link">
                  {cost.job}
                </Link>
              </th>
              <td className="text-right">{formatCount(cost.steps)}</td>
              <td className="text-right font-semibold">
                {gpus === null ? formatSeconds(cost.lostSeconds) : formatGpuSeconds(cost.lostSeconds * gpus)}
              </td>
              <td className="text-right text-muted">
                {formatSecondsRange(cost.lostSecondsLow, cost.lostSecondsHigh)} of job time
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
