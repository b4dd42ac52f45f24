'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { JobDetail } from '../../../lib/api/types.ts';
import { JobFacts } from '../../_components/job/job-facts.tsx';
import { JobNotes } from '../../_components/job/job-notes.tsx';
import { JobPorts } from '../../_components/job/job-ports.tsx';
import { LostByCause } from '../../_components/job/lost-by-cause.tsx';
import { RankMapView } from '../../_components/job/rank-map.tsx';
import { StepChart } from '../../_components/job/step-chart.tsx';
import { IncidentList } from '../../_components/overview/incident-list.tsx';
import { SlowSteps } from '../../_components/overview/slow-steps.tsx';
import { PageHeader } from '../../_components/page-header.tsx';
import { Panel } from '../../_components/panel.tsx';
import { QueryContent } from '../../_components/query-panel.tsx';
import { ScrollRegion } from '../../_components/scroll-region.tsx';
import { Empty, StaleNote } from '../../_components/states.tsx';
import { jobQuery, jobsQuery, ranksQuery, stepsQuery } from '../../_lib/queries.ts';
import { usualSeconds } from '../../_lib/rank-map.ts';
import { isAveraged, slowSteps, toStepRows } from '../../_lib/steps.ts';

/** One job: its steps against their baseline, what took the lost time, and where it runs. */
export function JobScreen({ job }: { job: string }) {
  const query = useQuery(jobQuery(job));
  return (
    <>
      <PageHeader trail={[{ href: '/jobs', label: 'Jobs' }]} title={job} />
      <QueryContent
        query={query}
        what="This job"
        skeletonHeight={600}
        absent={
          <Empty
            title={`No job ${job} is known.`}
            command={'training: [{ file: /logs/train.log, format: auto, job: job0 }]   # stallscope.yaml'}
          >
            A job is known from its first step, or from jobs in the config.
          </Empty>
        }
      >
        {(detail) => <JobView detail={detail} />}
      </QueryContent>
    </>
  );
}

function JobView({ detail }: { detail: JobDetail }) {
  const steps = useQuery(stepsQuery(detail.job));
  const ranks = useQuery(ranksQuery(detail.job));
  const jobs = useQuery(jobsQuery);
  const items = steps.data?.items;
  const rows = useMemo(() => toStepRows(items ?? []), [items]);
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-12">
      <JobFacts detail={detail} className="lg:col-span-12" />
      <JobNotes detail={detail} steps={items ?? []} map={ranks.data ?? undefined} className="lg:col-span-12" />
      <Panel title="Step time" note="newest steps; slow ones marked by their main cause" className="lg:col-span-12">
        <QueryContent query={steps} what="The steps of this job" skeletonHeight={260}>
          {(page) => (
            <>
              {isAveraged(page.items) && (
                <StaleNote className="mb-1">
                  Each point is a mean over several steps, so one slow step cannot be named. Log every step: Megatron-LM
                  --log-interval 1.
                </StaleNote>
              )}
              <StepChart job={detail.job} rows={rows} />
            </>
          )}
        </QueryContent>
      </Panel>
      <Panel title="Ranks" note="how late each one was in the newest steps" className="lg:col-span-12">
        <QueryContent query={ranks} what="The ranks of this job" skeletonHeight={200}>
          {(map) => <RankMapView job={detail.job} map={map} usualSeconds={usualSeconds(detail, map)} />}
        </QueryContent>
      </Panel>
      <Panel title="Lost time by cause" className="lg:col-span-4">
        <LostByCause job={detail} />
      </Panel>
      <Panel title="Slow steps" note="newest first" className="lg:col-span-4">
        <QueryContent query={steps} what="The steps of this job" skeletonRows={8}>
          {(page) => (
            <ScrollRegion label="Slow steps" className="max-h-80 overflow-y-auto">
              <SlowSteps steps={slowSteps(page.items)} />
            </ScrollRegion>
          )}
        </QueryContent>
      </Panel>
      <Panel title="Hosts and ports" className="lg:col-span-4">
        <JobPorts detail={detail} />
      </Panel>
      <Panel title="Incidents that hit it" className="lg:col-span-12">
        <IncidentList incidents={detail.incidents} jobs={jobs.data?.items ?? [detail]} mostLines={24} />
      </Panel>
    </div>
  );
}
