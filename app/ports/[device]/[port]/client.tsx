'use client';

import { useQuery } from '@tanstack/react-query';
import type { PortDetail } from '../../../../lib/api/types.ts';
import { formatField } from '../../../../lib/format/values.ts';
import { Ago } from '../../../_components/clock-provider.tsx';
import { useFollowPort } from '../../../_components/live-provider.tsx';
import { PageHeader } from '../../../_components/page-header.tsx';
import { PortCharts } from '../../../_components/port/port-charts.tsx';
import { PortFacts } from '../../../_components/port/port-facts.tsx';
import { PortIncidents } from '../../../_components/port/port-incidents.tsx';
import { QueryContent } from '../../../_components/query-panel.tsx';
import { RangePicker } from '../../../_components/range-picker.tsx';
import { Empty, StaleNote } from '../../../_components/states.tsx';
import { useRange } from '../../../_components/use-range.ts';
import { portQuery } from '../../../_lib/queries.ts';

/** Which port, which priority, since when? */
export function PortScreen({ device, port }: { device: string; port: string }) {
  useFollowPort(device, port);
  const query = useQuery(portQuery({ device, port }));
  const { range, setRange } = useRange();
  return (
    <>
      <PageHeader
        trail={[
          { href: '/ports', label: 'Ports' },
          { href: `/ports?q=${encodeURIComponent(device)}`, label: device },
        ]}
        title={
          <span className="font-mono">
            {device}/{port}
          </span>
        }
      >
        <RangePicker range={range} setRange={setRange} />
      </PageHeader>
      <QueryContent
        query={query}
        what="This port"
        skeletonHeight={420}
        absent={
          <Empty title={`No port ${port} of ${device} is known.`} command="stallscope check --config stallscope.yaml">
            It may have another name on the device, or its target has not been polled yet. The command lists what each
            target gives.
          </Empty>
        }
      >
        {(detail) => (
          <div className="flex flex-col gap-3">
            <Staleness detail={detail} />
            <PortFacts detail={detail} />
            <PortIncidents detail={detail} />
            <PortCharts detail={detail} range={range} setRange={setRange} />
          </div>
        )}
      </QueryContent>
    </>
  );
}

function Staleness({ detail }: { detail: PortDetail }) {
  if (detail.latest.linkUp === 0) return <StaleNote>The link is {formatField('linkUp', 0)}.</StaleNote>;
  if (!detail.stale) return null;
  const error = detail.target?.lastError?.message;
  return (
    <StaleNote>
      {detail.atMs === null ? (
        'This port has never been read.'
      ) : (
        <>
          The newest sample is from <Ago timestampMs={detail.atMs} />.
        </>
      )}
      {error !== undefined && ` ${error}`}
    </StaleNote>
  );
}
