'use client';

import Link from 'next/link';
import type { Delivery } from '../../../lib/api/types.ts';
import { formatCount } from '../../../lib/format/numbers.ts';
import { incidentHref } from '../../_lib/paths.ts';
import { Ago, Moment, useNowMs } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { ScrollRegion } from '../scroll-region.tsx';

const STATE_MARKS = { pending: 'unknown', delivered: 'ok', rejected: 'critical', expired: 'warning' } as const;
const EVENTS = { 'alert.firing': 'firing', 'alert.resolved': 'resolved', test: 'test' } as const;

/** Every message with what its receiver answered, and when it is tried again. */
export function DeliveryTable({ deliveries }: { deliveries: readonly Delivery[] }) {
  const sorted = deliveries.toSorted((a, b) => b.createdMs - a.createdMs);
  return (
    <ScrollRegion label="Deliveries" className="overflow-x-auto">
      <table className="w-full min-w-[54rem]">
        <thead>
          <tr className="text-left text-xs text-muted">
            <th scope="col">time</th>
            <th scope="col">receiver</th>
            <th scope="col">event</th>
            <th scope="col">message</th>
            <th scope="col">state</th>
            <th scope="col">answer</th>
            <th scope="col" className="text-right">
              attempts
            </th>
            <th scope="col" className="text-right">
              next try
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((delivery) => (
            <tr key={delivery.id} className="h-8 border-t border-line">
              <td>
                <Moment timestampMs={delivery.createdMs} />
              </td>
              <td>
                {delivery.receiver} <span className="text-muted">{delivery.kind}</span>
              </td>
              <td>{EVENTS[delivery.event]}</td>
              <td className="max-w-96 truncate">
                {delivery.incident === null ? (
                  delivery.summary
                ) : (
                  <Link href={incidentHref(delivery.incident)} className="link" title={delivery.summary}>
                    {delivery.summary}
                  </Link>
                )}
              </td>
              <td>
                <span className="inline-flex items-center gap-1.5">
                  <SeverityMark severity={STATE_MARKS[delivery.state]} word={false} /> {delivery.state}
                </span>
              </td>
              <td className="text-muted">
                {[delivery.lastStatus, delivery.lastReason].filter((part) => part !== null).join(' ') || 'none yet'}
              </td>
              <td className="text-right">
                {formatCount(delivery.attempts)}
                {delivery.lastAttemptMs !== null && (
                  <span className="text-muted">
                    , <Ago timestampMs={delivery.lastAttemptMs} />
                  </span>
                )}
              </td>
              <td className="text-right text-muted">
                <NextTry nextAttemptMs={delivery.nextAttemptMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function NextTry({ nextAttemptMs }: { nextAttemptMs: number | null }) {
  const nowMs = useNowMs();
  if (nextAttemptMs === null) return null;
  const seconds = Math.ceil((nextAttemptMs - nowMs) / 1000);
  return seconds > 0 ? <>in {seconds} s</> : <>now</>;
}
