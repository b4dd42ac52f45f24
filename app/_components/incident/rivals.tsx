'use client';

import Link from 'next/link';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatFraction } from '../../../lib/format/numbers.ts';
import { kindLabel } from '../../_lib/causes.ts';
import { confidenceWord } from '../../_lib/incidents.ts';
import { incidentHref } from '../../_lib/paths.ts';
import { Moment } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { Empty } from '../states.tsx';

/** Other roots that share time and place with an incident: what it is not alone in explaining. */
export function Rivals({ rivals }: { rivals: readonly Incident[] }) {
  if (rivals.length === 0) return <Empty title="No other incident shares its time and its ports or jobs." />;
  return (
    <ul className="divide-y divide-line">
      {rivals.map((rival) => (
        <li key={rival.id} className="flex min-h-7 flex-wrap items-center gap-x-2 py-0.5">
          <SeverityMark severity={rival.severity} word={false} />
          <Link href={incidentHref(rival.id)} className="link min-w-0 [overflow-wrap:anywhere]">
            {kindLabel(rival.kind)} at {rival.rootDevice}/{rival.rootPort}
          </Link>
          <span className="ml-auto text-xs text-muted">
            {confidenceWord(rival.confidence)} {formatFraction(rival.confidence)},{' '}
            <Moment timestampMs={rival.startMs} />
          </span>
        </li>
      ))}
    </ul>
  );
}
