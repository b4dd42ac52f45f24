'use client';

import Link from 'next/link';
import type { OverviewView } from '../../../lib/api/types.ts';
import { formatMs } from '../../../lib/format/durations.ts';
import { formatPlural } from '../../../lib/format/numbers.ts';
import { SeverityMark } from '../mark.tsx';
import { Empty } from '../states.tsx';

const MOST_SILENT = 3;

/** How much of the fabric answers, and who does not. */
export function CoveragePanel({ coverage }: { coverage: OverviewView['coverage'] }) {
  if (coverage.targets === 0) {
    return (
      <Empty
        title="Nothing is polled yet."
        command={'targets: [{ name: leaf1, address: "10.0.0.11:161",\n           collector: snmp, auth: core }]'}
      >
        Add a target to stallscope.yaml; it is picked up without a restart.
      </Empty>
    );
  }
  const silent = coverage.silent.slice(0, MOST_SILENT);
  return (
    <div>
      <p className="flex items-center gap-2">
        <SeverityMark severity={coverage.silent.length === 0 ? 'ok' : 'warning'} word={false} />
        <Link href="/sources" className="link">
          {coverage.targetsOk} of {formatPlural(coverage.targets, 'target')} answer
        </Link>
      </p>
      {silent.length > 0 && (
        <ul className="hatched mt-1 rounded border border-line px-1.5 py-0.5">
          {silent.map((target) => (
            <li key={target.target} className="min-w-0 truncate" title={target.lastError ?? undefined}>
              <span className="rounded-sm bg-surface px-1">
                <span className="font-mono text-xs">{target.target}</span>{' '}
                {target.silentMs === null
                  ? 'never answered'
                  : `silent ${formatMs(Math.round(target.silentMs / 1000) * 1000)}`}
              </span>
            </li>
          ))}
          {coverage.silent.length > silent.length && (
            <li>
              <span className="rounded-sm bg-surface px-1">and {coverage.silent.length - silent.length} more</span>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
