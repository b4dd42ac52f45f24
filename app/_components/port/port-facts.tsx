'use client';

import Link from 'next/link';
import type { PortDetail } from '../../../lib/api/types.ts';
import { formatIntervalMs } from '../../../lib/format/durations.ts';
import { markBound } from '../../../lib/format/numbers.ts';
import { formatField } from '../../../lib/format/values.ts';
import type { SampleField } from '../../../lib/samples/fields.ts';
import { FIELD_INFO } from '../../../lib/units/fields.ts';
import { jobHref } from '../../_lib/paths.ts';
import { Ago } from '../clock-provider.tsx';
import { Fact } from '../page-header.tsx';
import { Panel } from '../panel.tsx';
import { PortLink } from '../port-link.tsx';

const HEADLINE: SampleField[] = [
  'rxPauseFraction',
  'txPauseFraction',
  'rxUtilFraction',
  'txUtilFraction',
  'dropsPerSec',
  'linkRateBitsPerSec',
];

function factText({ latest, bounded }: PortDetail, field: SampleField): string {
  const value = latest[field];
  if (value === undefined) return 'not exposed';
  return markBound(formatField(field, value), bounded.includes(field) && value > 0);
}

/** What stands at this port now: numbers, the other end, who uses it, how well it is watched. */
export function PortFacts({ detail }: { detail: PortDetail }) {
  const path = detail.target?.paths[0];
  return (
    <Panel
      title="Now"
      note={
        detail.atMs === null ? undefined : (
          <>
            sample <Ago timestampMs={detail.atMs} />
          </>
        )
      }
      stale={detail.stale}
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-3 lg:grid-cols-6">
        {HEADLINE.map((field) => (
          <Fact key={field} label={FIELD_INFO[field].label}>
            <span className={detail.latest[field] === undefined ? 'text-muted' : 'text-base font-semibold'}>
              {factText(detail, field)}
            </span>
          </Fact>
        ))}
        <Fact label="other end">
          {detail.peer === null ? <span className="text-muted">not known</span> : <PortLink port={detail.peer} />}
        </Fact>
        <Fact label="jobs">
          {detail.jobs.length === 0 ? (
            <span className="text-muted">none</span>
          ) : (
            detail.jobs.map((job, index) => (
              <span key={job}>
                {index > 0 && ', '}
                <Link href={jobHref(job)} className="link" data-testid="job-link">
                  {job}
                </Link>
              </span>
            ))
          )}
        </Fact>
        <Fact label="poll interval, asked and achieved">
          {path === undefined ? (
            <span className="text-muted">not known</span>
          ) : (
            <>
              {formatIntervalMs(path.requestedIntervalMs)} /{' '}
              {path.achievedIntervalMs === null ? 'not yet' : formatIntervalMs(path.achievedIntervalMs)}
            </>
          )}
        </Fact>
        <Fact label="shortest storm it can show">
          {detail.target?.shortestStormMs == null ? (
            <span className="text-muted">not known</span>
          ) : (
            formatIntervalMs(detail.target.shortestStormMs)
          )}
        </Fact>
        <Fact label="role of the device">{detail.role}</Fact>
        <Fact label="read by">
          {detail.target === null ? (
            <span className="text-muted">not polled</span>
          ) : (
            <Link href={`/sources?q=${encodeURIComponent(detail.target.target)}`} className="link">
              {detail.target.collector}
            </Link>
          )}
        </Fact>
      </dl>
      {detail.missingFields.length > 0 && (
        <details className="mt-2 text-muted">
          <summary>{detail.missingFields.length} fields this device does not expose</summary>
          <p className="mt-1">{detail.missingFields.map((field) => FIELD_INFO[field]?.label ?? field).join(', ')}</p>
        </details>
      )}
    </Panel>
  );
}
