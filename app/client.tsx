'use client';

import { useQuery } from '@tanstack/react-query';
import type { OverviewView } from '../lib/api/types.ts';
import { formatPlural } from '../lib/format/numbers.ts';
import { Ago } from './_components/clock-provider.tsx';
import { FabricHeat } from './_components/fabric-heat.tsx';
import { useLostMs } from './_components/live-provider.tsx';
import { CoveragePanel } from './_components/overview/coverage.tsx';
import { IncidentList } from './_components/overview/incident-list.tsx';
import { JobsLosing } from './_components/overview/jobs-losing.tsx';
import { SlowSteps } from './_components/overview/slow-steps.tsx';
import { TopPorts } from './_components/overview/top-ports.tsx';
import { VerdictBanner } from './_components/overview/verdict-banner.tsx';
import { Panel } from './_components/panel.tsx';
import { Failed, Skeleton, StaleNote } from './_components/states.tsx';
import { currentVerdict, overviewFreshness } from './_lib/freshness.ts';
import { overviewQuery } from './_lib/queries.ts';

/** Is the fabric hurting anyone right now? */
export function OverviewScreen() {
  const { data, error, refetch } = useQuery(overviewQuery);
  if (data) return <Overview view={data} error={error} />;
  if (error !== null || data === null) {
    return (
      <Failed
        what="The overview"
        error={error ?? new Error('this monitor does not serve it')}
        retry={() => void refetch()}
      />
    );
  }
  return <OverviewSkeleton />;
}

function Overview({ view, error }: { view: OverviewView; error: Error | null }) {
  const lostMs = useLostMs();
  const freshness = overviewFreshness(view, lostMs);
  const { newestSampleMs } = view.coverage;
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-12">
      <VerdictBanner view={{ ...view, ...currentVerdict(view, lostMs) }} className="lg:col-span-12" />
      {error !== null && (
        <StaleNote className="lg:col-span-12">
          The overview could not be read again ({error.message}); what follows is from <Ago timestampMs={view.atMs} />.
        </StaleNote>
      )}
      <Panel
        title="Incidents"
        note={view.incidents.length === 0 ? 'none open or lately ended' : 'open and lately ended, worst first'}
        className="lg:col-span-8"
      >
        <IncidentList incidents={view.incidents} jobs={view.jobs} mostLines={11} />
      </Panel>
      <Panel title="Jobs losing time" className="lg:col-span-4">
        <JobsLosing jobs={view.jobs} incidents={view.incidents} />
      </Panel>
      <Panel
        title="Fabric"
        note="% of time blocked, worst link end"
        stale={freshness === 'stale' || freshness === 'partial'}
        className="lg:col-span-5"
        actions={
          newestSampleMs !== null && (
            <span className="text-xs text-muted">
              newest sample <Ago timestampMs={newestSampleMs} />
            </span>
          )
        }
      >
        <FabricHeat heat={view.heat} stale={freshness === 'stale'} fits />
      </Panel>
      <Panel title="Latest slow steps" className="lg:col-span-4">
        <SlowSteps steps={view.slowSteps} most={12} />
      </Panel>
      <div className="flex flex-col gap-3 lg:col-span-3">
        <Panel title="Top ports" note="blocked share of time">
          <TopPorts ports={view.topPorts} most={8} freshness={freshness} telling={view.coverage.tellingPorts} />
        </Panel>
        <Panel
          title="Coverage"
          note={formatPlural(view.coverage.ports, 'port')}
          stale={freshness !== 'fresh'}
          className="flex-1"
        >
          <CoveragePanel coverage={view.coverage} />
        </Panel>
      </div>
    </div>
  );
}

function OverviewSkeleton() {
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-12" aria-busy="true">
      <div className="lg:col-span-12">
        <Skeleton height={58} />
      </div>
      <Panel title="Incidents" className="lg:col-span-8">
        <Skeleton height={200} />
      </Panel>
      <Panel title="Jobs losing time" className="lg:col-span-4">
        <Skeleton rows={5} />
      </Panel>
      <Panel title="Fabric" className="lg:col-span-5">
        <Skeleton height={260} />
      </Panel>
      <Panel title="Latest slow steps" className="lg:col-span-4">
        <Skeleton rows={8} />
      </Panel>
      <Panel title="Top ports" className="lg:col-span-3">
        <Skeleton rows={8} />
      </Panel>
    </div>
  );
}
