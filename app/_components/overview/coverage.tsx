'use client';

import Link from 'next/link';
import type { OverviewView } from '../../../lib/api/types.ts';
import { formatMs } from '../../../lib/format/durations.ts';
import { formatCount, formatPlural } from '../../../lib/format/numbers.ts';
import { SeverityMark } from '../mark.tsx';
import { Empty } from '../states.tsx';

const MOST_UNSEEN = 3;

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
  const unseen = [
    ...coverage.silent.map(({ target, silentMs, lastError }) => ({ name: target, silentMs, why: lastError })),
    ...coverage.stale.map(({ device, silentMs }) => ({ name: device, silentMs, why: 'its samples do not arrive' })),
  ];
  return (
    <div>
      <p className="flex items-center gap-2">
        <SeverityMark severity={unseen.length === 0 ? 'ok' : 'warning'} word={false} />
        <Link href="/sources" className="link">
          {coverage.targetsOk} of {formatPlural(coverage.targets, 'target')}{' '}
          {coverage.collectorsQuietMs === null ? 'answer' : 'answered last; no collector speaks now'}
        </Link>
      </p>
      {coverage.ports > 0 && coverage.tellingPorts < coverage.ports && (
        <p className="text-muted">
          {formatCount(coverage.tellingPorts)} of {formatPlural(coverage.ports, 'port')} tell pause or credit waits
        </p>
      )}
      {unseen.length > 0 && (
        <ul className="hatched mt-1 rounded border border-line px-1.5 py-0.5">
          {unseen.slice(0, MOST_UNSEEN).map(({ name, silentMs, why }) => (
            <li key={name} className="min-w-0 truncate" title={why ?? undefined}>
              <span className="rounded-sm bg-surface px-1">
                <span className="font-mono text-xs">{name}</span>{' '}
                {silentMs === null ? 'never answered' : `silent ${formatMs(Math.round(silentMs / 1000) * 1000)}`}
              </span>
            </li>
          ))}
          {unseen.length > MOST_UNSEEN && (
            <li>
              <span className="rounded-sm bg-surface px-1">and {unseen.length - MOST_UNSEEN} more</span>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
