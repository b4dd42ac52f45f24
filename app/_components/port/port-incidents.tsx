'use client';

import Link from 'next/link';
import type { PortDetail } from '../../../lib/api/types.ts';
import { kindLabel } from '../../_lib/causes.ts';
import { worstFirst } from '../../_lib/incidents.ts';
import { incidentHref } from '../../_lib/paths.ts';
import { Moment } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { Panel } from '../panel.tsx';

/** Incidents this port started or suffers from; nothing where there are none. */
export function PortIncidents({ detail }: { detail: PortDetail }) {
  if (detail.incidents.length === 0) return null;
  return (
    <Panel title="Incidents">
      <ul>
        {worstFirst(detail.incidents)
          .slice(0, 8)
          .map((incident) => {
            const isRoot = incident.rootDevice === detail.device && incident.rootPort === detail.port;
            return (
              <li key={incident.id} className="flex min-h-7 flex-wrap items-center gap-x-3">
                <SeverityMark severity={incident.severity} className="w-[5.25rem]" />
                <Link href={incidentHref(incident.id)} className="link font-medium">
                  {kindLabel(incident.kind)}
                </Link>
                <span>{isRoot ? 'started here' : 'this port is a victim'}</span>
                <span className="text-muted">
                  since <Moment timestampMs={incident.startMs} />
                  {incident.endMs !== null && (
                    <>
                      {' '}
                      until <Moment timestampMs={incident.endMs} />
                    </>
                  )}
                </span>
              </li>
            );
          })}
      </ul>
    </Panel>
  );
}
