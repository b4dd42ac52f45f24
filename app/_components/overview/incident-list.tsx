'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatGpuSeconds, formatMs, formatSeconds } from '../../../lib/format/durations.ts';
import { formatFraction, formatPlural } from '../../../lib/format/numbers.ts';
import type { JobSummary } from '../../../lib/training/step.ts';
import { kindLabel } from '../../_lib/causes.ts';
import {
  confidenceWord,
  costliestFirst,
  gpuLookup,
  lostGpuSeconds,
  lostSeconds,
  worstFirst,
} from '../../_lib/incidents.ts';
import { incidentHref, jobHref, portHref } from '../../_lib/paths.ts';
import { Moment, useNowMs } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { Empty } from '../states.tsx';

/** Incidents, worst first: what, which port, since when, how sure, and what it cost whom. */
export function IncidentList({
  incidents,
  jobs,
  mostLines,
}: {
  incidents: readonly Incident[];
  jobs: readonly JobSummary[];
  /** Lines of text there is room for; the rest is a link away. */
  mostLines?: number;
}) {
  if (incidents.length === 0) {
    return (
      <Empty title="No incident is open and none ended lately.">
        An incident opens when a port blocks others for longer than its hold time; silence here with full coverage below
        means the fabric is fine.
      </Empty>
    );
  }
  const sorted = worstFirst(incidents);
  const shown = mostLines === undefined ? sorted : fitLines(sorted, mostLines);
  const gpusOf = gpuLookup(jobs);
  return (
    <>
      <ul className="divide-y divide-line">
        {shown.map((incident) => (
          <IncidentRow key={incident.id} incident={incident} gpusOf={gpusOf} brief={mostLines !== undefined} />
        ))}
      </ul>
      {shown.length < sorted.length && (
        <p className="pt-1">
          <Link href="/incidents" className="link">
            {formatPlural(sorted.length - shown.length, 'more incident')}
          </Link>
        </p>
      )}
    </>
  );
}

/** The first incidents that fit: an open one takes three lines, an ended one two. At least one. */
function fitLines(incidents: readonly Incident[], mostLines: number): Incident[] {
  let lines = 0;
  const end = incidents.findIndex((incident) => {
    lines += incident.endMs === null ? 3 : 2;
    return lines > mostLines;
  });
  return end < 0 ? [...incidents] : incidents.slice(0, Math.max(1, end));
}

function IncidentRow({
  incident,
  gpusOf,
  brief,
}: {
  incident: Incident;
  gpusOf: (job: string) => number | null;
  brief: boolean;
}) {
  const nowMs = useNowMs();
  const root = { device: incident.rootDevice, port: incident.rootPort };
  const ended = incident.endMs !== null;
  const lasted = (incident.endMs ?? Math.max(nowMs, incident.startMs)) - incident.startMs;
  return (
    <li
      data-testid="incident-row"
      data-root={`${incident.rootDevice}/${incident.rootPort}`}
      data-kind={incident.kind}
      className="grid grid-cols-1 gap-x-4 gap-y-0.5 py-1.5 sm:grid-cols-[1fr_auto]"
    >
      <div className="flex min-w-0 flex-wrap items-center gap-x-3">
        <SeverityMark severity={incident.severity} className="w-[5.25rem]" />
        <Link href={incidentHref(incident.id)} className="link font-medium">
          {kindLabel(incident.kind)}
        </Link>
        <span className="min-w-0">
          at{' '}
          <Link href={portHref(root)} className="link break-all font-mono">
            {incident.rootDevice}/{incident.rootPort}
          </Link>
          {incident.priority !== undefined && <span className="text-muted"> priority {incident.priority}</span>}
        </span>
      </div>
      <div className="sm:text-right">
        <LostTime incident={incident} gpusOf={gpusOf} />
      </div>
      {!ended && (
        <p className={clsx('min-w-0 sm:col-span-2 sm:pl-24', brief && 'lg:line-clamp-1')} title={incident.summary}>
          {incident.summary}
        </p>
      )}
      <p className="min-w-0 text-muted sm:pl-24">
        {ended ? 'ended, lasted' : 'open for'} {formatMs(Math.round(lasted / 1000) * 1000)}, since{' '}
        <Moment timestampMs={incident.startMs} />
        <span aria-hidden> · </span>
        <span title="How sure we are that this port is the root">
          root {confidenceWord(incident.confidence)} ({formatFraction(incident.confidence)})
        </span>
        <span aria-hidden> · </span>
        {formatPlural(incident.victims.length, 'victim port')}
      </p>
      <p className="text-muted sm:text-right">
        <JobsHit incident={incident} />
      </p>
    </li>
  );
}

function LostTime({ incident, gpusOf }: { incident: Incident; gpusOf: (job: string) => number | null }) {
  const gpu = lostGpuSeconds(incident, gpusOf);
  const seconds = lostSeconds(incident);
  if (seconds <= 0) return <span className="text-muted">no job time lost</span>;
  return (
    <span className="font-semibold">
      {gpu === null ? formatSeconds(seconds) : formatGpuSeconds(gpu.best)}
      <span className="font-normal text-muted"> lost</span>
    </span>
  );
}

function JobsHit({ incident }: { incident: Incident }) {
  const costs = costliestFirst(incident.jobs);
  if (costs.length === 0) return <>no job on its path</>;
  const shown = costs.slice(0, 2);
  return (
    <>
      {shown.map((cost, index) => (
        <span key={cost.job}>
          {index > 0 && ', '}
          <Link href={jobHref(cost.job)} className="link" data-testid="job-link">
            {cost.job}
          </Link>{' '}
          {cost.lostSeconds > 0 && formatSeconds(cost.lostSeconds)}
        </span>
      ))}
      {costs.length > shown.length && ` and ${costs.length - shown.length} more`}
    </>
  );
}
