'use client';

import type { Evidence } from '../../../lib/detectors/episode.ts';
import { formatEvidenceValue } from '../../../lib/format/values.ts';
import { Moment } from '../clock-provider.tsx';
import { PortLink } from '../port-link.tsx';
import { Empty } from '../states.tsx';

/** The numbers a finding stands on: measured ones first, inferred ones said so. */
export function EvidenceTable({ evidence }: { evidence: readonly Evidence[] }) {
  if (evidence.length === 0) return <Empty title="No evidence was kept for this one." />;
  const sorted = evidence.toSorted((a, b) => Number(a.basis === 'inferred') - Number(b.basis === 'inferred'));
  return (
    <ul className="divide-y divide-line">
      {sorted.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: evidence has no identity and its order is fixed
        <li key={index} className="py-1.5">
          <p>{item.text}</p>
          <p className="flex flex-wrap gap-x-3 text-xs text-muted">
            <span className="font-semibold text-text">{formatEvidenceValue(item.value, item.unit)}</span>
            {item.threshold !== undefined && <span>threshold {formatEvidenceValue(item.threshold, item.unit)}</span>}
            <span className={item.basis === 'inferred' ? 'hatched rounded-xs px-1' : undefined}>{item.basis}</span>
            <span>
              <Moment timestampMs={item.startMs} /> to <Moment timestampMs={item.endMs} />
            </span>
            {item.port !== undefined && <PortLink port={item.port} />}
          </p>
        </li>
      ))}
    </ul>
  );
}
