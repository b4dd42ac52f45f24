'use client';

import { useQuery } from '@tanstack/react-query';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { Moment, useNowMs } from '../../_components/clock-provider.tsx';
import { CopyButton } from '../../_components/copy-button.tsx';
import { EvidenceTable } from '../../_components/incident/evidence-table.tsx';
import { IncidentFacts } from '../../_components/incident/incident-facts.tsx';
import { JobsHitTable } from '../../_components/incident/jobs-hit-table.tsx';
import { PortList } from '../../_components/incident/port-list.tsx';
import { PropagationView } from '../../_components/incident/propagation-view.tsx';
import { Rivals } from '../../_components/incident/rivals.tsx';
import { RootChart } from '../../_components/incident/root-chart.tsx';
import { SeverityMark } from '../../_components/mark.tsx';
import { PageHeader } from '../../_components/page-header.tsx';
import { Panel } from '../../_components/panel.tsx';
import { PrevNext } from '../../_components/prev-next.tsx';
import { QueryContent } from '../../_components/query-panel.tsx';
import { Empty, StaleNote } from '../../_components/states.tsx';
import { kindLabel } from '../../_lib/causes.ts';
import { incidentText, rivalsOf, timeNeighbours } from '../../_lib/incidents.ts';
import { incidentHref } from '../../_lib/paths.ts';
import { incidentQuery, incidentsQuery, jobsQuery } from '../../_lib/queries.ts';

/** One root: what hurts, which port started it, who waits for it, what it cost. */
export function IncidentScreen({ id }: { id: string }) {
  const query = useQuery(incidentQuery(id));
  const all = useQuery(incidentsQuery);
  const { previous, next } = timeNeighbours(all.data?.items ?? [], id);
  return (
    <QueryContent
      query={query}
      what="This incident"
      skeletonHeight={600}
      absent={
        <Empty title={`No incident ${id} is known.`} command="stallscope incidents">
          It may be older than what the monitor keeps.
        </Empty>
      }
    >
      {(incident) => (
        <IncidentView
          incident={incident}
          rivals={rivalsOf(incident, all.data?.items ?? [])}
          previous={previous === null ? null : incidentHref(previous)}
          next={next === null ? null : incidentHref(next)}
        />
      )}
    </QueryContent>
  );
}

function IncidentView({
  incident,
  rivals,
  previous,
  next,
}: {
  incident: Incident;
  rivals: readonly Incident[];
  previous: string | null;
  next: string | null;
}) {
  const jobs = useQuery(jobsQuery);
  const nowMs = useNowMs();
  return (
    <>
      <PageHeader
        trail={[{ href: '/incidents', label: 'Incidents' }]}
        title={
          <span className="flex flex-wrap items-center gap-x-3">
            <SeverityMark severity={incident.severity} />
            {kindLabel(incident.kind)} at{' '}
            <span className="break-all font-mono">
              {incident.rootDevice}/{incident.rootPort}
            </span>
          </span>
        }
      >
        <PrevNext previous={previous} next={next} what="incident" />
        <CopyButton text={incidentText(incident)} label="Copy as text" />
      </PageHeader>
      <p className="mb-3 max-w-[90ch] text-base">{incident.summary}</p>
      <div className="grid grid-cols-1 gap-3 lg:grid-cols-12">
        <IncidentFacts incident={incident} nowMs={nowMs} jobs={jobs.data?.items ?? []} className="lg:col-span-12" />
        <Panel title="Propagation" note="who waits for whom; the root is on the left" className="lg:col-span-7">
          <PropagationView incident={incident} />
        </Panel>
        <Panel title="Evidence" className="lg:col-span-5">
          <EvidenceTable evidence={incident.evidence} />
          {incident.notVisible.length > 0 && (
            <div className="mt-2">
              <h3 className="font-medium">What was not visible</h3>
              <ul className="mt-1 flex flex-col gap-1">
                {incident.notVisible.map((sentence) => (
                  <li key={sentence}>
                    <StaleNote>{sentence}</StaleNote>
                  </li>
                ))}
              </ul>
            </div>
          )}
        </Panel>
        <div className="flex flex-col gap-3 lg:col-span-7">
          <RootChart incident={incident} />
        </div>
        <div className="flex flex-col gap-3 lg:col-span-5">
          <Panel title="Jobs hit">
            <JobsHitTable incident={incident} jobs={jobs.data?.items ?? []} />
          </Panel>
          <Panel title="Other roots at the same time" note="may have cost the same steps">
            <Rivals rivals={rivals} />
          </Panel>
          <Panel title="Victims" note={String(incident.victims.length)}>
            <PortList ports={incident.victims} none="No port waits for this one." />
          </Panel>
          <Panel title="Senders" note={String(incident.senders.length)}>
            <PortList ports={incident.senders} none="No sender is known." />
          </Panel>
        </div>
      </div>
      {incident.detectedMs !== null && (
        <p className="mt-2 text-xs text-muted">
          Detected <Moment timestampMs={incident.detectedMs} />,{' '}
          {((incident.detectedMs - incident.startMs) / 1000).toFixed(1)} s after it began. Id{' '}
          <span className="font-mono">{incident.id}</span>
        </p>
      )}
    </>
  );
}
