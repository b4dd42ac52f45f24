'use client';

import { useQuery } from '@tanstack/react-query';
import type { StepExplanation } from '../../../../../lib/api/types.ts';
import { CopyButton } from '../../../../_components/copy-button.tsx';
import { IncidentList } from '../../../../_components/overview/incident-list.tsx';
import { PageHeader } from '../../../../_components/page-header.tsx';
import { Panel } from '../../../../_components/panel.tsx';
import { PrevNext } from '../../../../_components/prev-next.tsx';
import { QueryContent } from '../../../../_components/query-panel.tsx';
import { Empty, StaleNote } from '../../../../_components/states.tsx';
import { CauseList } from '../../../../_components/step/cause-list.tsx';
import { CollectivesPanel } from '../../../../_components/step/collectives.tsx';
import { RankBars } from '../../../../_components/step/rank-bars.tsx';
import { StepVerdictBanner } from '../../../../_components/step/step-verdict.tsx';
import { jobHref, stepHref } from '../../../../_lib/paths.ts';
import { explainQuery, jobsQuery } from '../../../../_lib/queries.ts';

/** Why did this step slow down? */
export function StepScreen({ job, step }: { job: string; step: number }) {
  const query = useQuery(explainQuery(job, step));
  const neighbours = query.data?.neighbours;
  const hrefOf = (number: number | null | undefined) => (number == null ? null : stepHref(job, number));
  return (
    <>
      <PageHeader
        trail={[
          { href: '/jobs', label: 'Jobs' },
          { href: jobHref(job), label: job },
        ]}
        title={`${job}, step ${step}`}
      >
        <PrevNext previous={hrefOf(neighbours?.previousSlow)} next={hrefOf(neighbours?.nextSlow)} what="slow step" />
        {query.data && <CopyButton text={query.data.text} label="Copy as text" />}
      </PageHeader>
      <QueryContent
        query={query}
        what="This step"
        skeletonHeight={480}
        absent={
          <Empty title={`Step ${step} of ${job} is not known.`} command={`stallscope explain ${job} ${step}`}>
            It has not been reported yet, or it is older than what the monitor keeps.
          </Empty>
        }
      >
        {(explanation) => <StepView explanation={explanation} />}
      </QueryContent>
    </>
  );
}

function StepView({ explanation }: { explanation: StepExplanation }) {
  const { verdict, incidents, ranks } = explanation;
  const jobs = useQuery(jobsQuery);
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-12">
      <StepVerdictBanner verdict={verdict} className="lg:col-span-12" />
      <div className="flex flex-col gap-3 lg:col-span-7">
        <Panel title="Causes" note="largest first; together never more than the excess">
          <CauseList verdict={verdict} incidents={incidents} />
        </Panel>
        <Panel title="Why">
          {verdict.reasons.length === 0 ? (
            <p className="py-1 text-muted">Nothing to explain: the step took no longer than its baseline allows.</p>
          ) : (
            <ul className="list-disc py-1 pl-5">
              {verdict.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel title="What was not visible">
          {verdict.notVisible.length === 0 ? (
            <p className="py-1 text-muted">Nothing is known to be missing.</p>
          ) : (
            <ul className="flex flex-col gap-1 py-1">
              {verdict.notVisible.map((sentence) => (
                <li key={sentence}>
                  <StaleNote>{sentence}</StaleNote>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        {incidents.length > 0 && (
          <Panel title="Incidents during this step">
            <IncidentList incidents={incidents} jobs={jobs.data?.items ?? []} />
          </Panel>
        )}
      </div>
      <div className="flex flex-col gap-3 lg:col-span-5">
        <Panel title="Ranks" note="this step, per rank">
          <RankBars ranks={ranks} verdict={verdict} />
        </Panel>
        <CollectivesPanel {...explanation} />
      </div>
    </div>
  );
}
