'use client';

import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatGpuSeconds, formatMs, formatSecondsRange } from '../../../lib/format/durations.ts';
import { formatFraction } from '../../../lib/format/numbers.ts';
import type { JobSummary } from '../../../lib/training/step.ts';
import { confidenceWord, gpuLookup, lostGpuSeconds, lostSeconds } from '../../_lib/incidents.ts';
import { Moment } from '../clock-provider.tsx';
import { Fact } from '../page-header.tsx';
import { Panel } from '../panel.tsx';
import { PortLink } from '../port-link.tsx';

/** Root, time, confidence and cost on one line. */
export function IncidentFacts({
  incident,
  nowMs,
  jobs,
  className,
}: {
  incident: Incident;
  nowMs: number;
  jobs: readonly JobSummary[];
  className?: string;
}) {
  const lasted = (incident.endMs ?? Math.max(nowMs, incident.startMs)) - incident.startMs;
  return (
    <Panel title="Root" className={className}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-3 lg:grid-cols-6">
        <Fact label="port that started it">
          <PortLink port={{ device: incident.rootDevice, port: incident.rootPort }} />
          {incident.priority !== undefined && ` priority ${incident.priority}`}
        </Fact>
        <Fact label="since">
          <Moment timestampMs={incident.startMs} />
        </Fact>
        <Fact label={incident.endMs === null ? 'open for' : 'lasted'}>
          {formatMs(Math.round(lasted / 1000) * 1000)}
        </Fact>
        <Fact label="confidence in the root">
          {confidenceWord(incident.confidence)} ({formatFraction(incident.confidence)})
        </Fact>
        <Fact label="job time lost">
          <Lost incident={incident} jobs={jobs} />
        </Fact>
        <Fact label="aggressor job">{incident.aggressorJob ?? <span className="text-muted">none found</span>}</Fact>
      </dl>
    </Panel>
  );
}

function Lost({ incident, jobs }: { incident: Incident; jobs: readonly JobSummary[] }) {
  if (lostSeconds(incident) <= 0) return <span className="text-muted">none so far</span>;
  const gpu = lostGpuSeconds(incident, gpuLookup(jobs));
  if (gpu !== null) {
    return (
      <>
        <strong>{formatGpuSeconds(gpu.best)}</strong>{' '}
        <span className="text-muted">
          ({formatGpuSeconds(gpu.low)} to {formatGpuSeconds(gpu.high)})
        </span>
      </>
    );
  }
  const low = incident.jobs.reduce((sum, cost) => sum + cost.lostSecondsLow, 0);
  const high = incident.jobs.reduce((sum, cost) => sum + cost.lostSecondsHigh, 0);
  return <>{formatSecondsRange(low, high)}</>;
}
