'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { formatGpuSeconds, formatSeconds } from '../../lib/format/durations.ts';
import { formatCount, formatFraction, formatPlural } from '../../lib/format/numbers.ts';
import type { JobSummary } from '../../lib/training/step.ts';
import { Ago } from '../_components/clock-provider.tsx';
import { FamilyLegend } from '../_components/family-legend.tsx';
import { LostBar } from '../_components/lost-bar.tsx';
import { PageHeader } from '../_components/page-header.tsx';
import { Panel } from '../_components/panel.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { ScrollRegion } from '../_components/scroll-region.tsx';
import { Empty } from '../_components/states.tsx';
import { jobHref } from '../_lib/paths.ts';
import { jobsQuery } from '../_lib/queries.ts';

/** Which job is slow, how much, and is it the network? */
export function JobsScreen() {
  const query = useQuery(jobsQuery);
  return (
    <>
      <PageHeader title="Jobs" />
      <QueryContent query={query} what="The list of jobs" skeletonHeight={240}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty
              title="No job reports steps."
              command={'training: [{ file: /logs/train.log, format: auto, job: job0 }]   # stallscope.yaml'}
            >
              Point Stallscope at a training log, or let the job post its steps to /api/v1/ingest/steps.
            </Empty>
          ) : (
            <Panel title={formatPlural(page.items.length, 'job')} note="most lost time first">
              <JobTable jobs={page.items} />
              <FamilyLegend />
            </Panel>
          )
        }
      </QueryContent>
    </>
  );
}

function JobTable({ jobs }: { jobs: readonly JobSummary[] }) {
  const sorted = jobs.toSorted((a, b) => b.lostSeconds * (b.gpus ?? 1) - a.lostSeconds * (a.gpus ?? 1));
  return (
    <ScrollRegion label="Jobs" className="overflow-x-auto">
      <table className="w-full min-w-[52rem]">
        <thead>
          <tr className="text-left text-xs text-muted">
            <th scope="col">job</th>
            <th scope="col">state</th>
            <th scope="col" className="text-right">
              steps
            </th>
            <th scope="col" className="text-right">
              slow
            </th>
            <th scope="col" className="text-right">
              baseline
            </th>
            <th scope="col" className="text-right">
              lost
            </th>
            <th scope="col" className="text-right">
              of it to the network
            </th>
            <th scope="col" className="w-1/4 pl-4">
              by cause
            </th>
            <th scope="col" className="text-right">
              last step
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((job) => (
            <tr key={job.job} className="h-8 border-t border-line">
              <th scope="row" className="text-left">
                <Link href={jobHref(job.job)} className="link" data-testid="job-link">
                  {job.job}
                </Link>
              </th>
              <td>{job.state}</td>
              <td className="text-right">{formatCount(job.steps)}</td>
              <td className="text-right">{formatCount(job.slowSteps)}</td>
              <td className="text-right">
                {job.baselineSeconds === null ? (
                  <span className="text-muted">not yet</span>
                ) : (
                  formatSeconds(job.baselineSeconds)
                )}
              </td>
              <td className="text-right font-semibold">
                {job.gpus === null ? formatSeconds(job.lostSeconds) : formatGpuSeconds(job.lostSeconds * job.gpus)}
              </td>
              <td className="text-right">
                {job.lostSeconds > 0 ? formatFraction(Math.min(1, job.lostToNetworkSeconds / job.lostSeconds)) : '–'}
              </td>
              <td className="pl-4">
                <LostBar lostSecondsByCause={job.lostSecondsByCause} total={job.lostSeconds} />
              </td>
              <td className="text-right text-muted">
                {job.lastStep !== null && `${job.lastStep}, `}
                {job.lastStepEndMs === null ? 'none' : <Ago timestampMs={job.lastStepEndMs} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
