'use client';

import Link from 'next/link';
import type { OverviewView } from '../../../lib/api/types.ts';
import { formatFraction, markBound } from '../../../lib/format/numbers.ts';
import type { Freshness } from '../../_lib/freshness.ts';
import { heatColours } from '../../_lib/heat.ts';
import { heatStyle } from '../../_lib/heat-style.ts';
import { portHref, portName } from '../../_lib/paths.ts';
import { Empty } from '../states.tsx';

/** Ports that were held longest in the last interval. */
export function TopPorts({
  ports,
  most,
  freshness,
  telling,
}: {
  ports: OverviewView['topPorts'];
  most: number;
  freshness: Freshness;
  /** How many ports tell pause or credit waits at all. */
  telling: number;
}) {
  if (freshness === 'stale' || freshness === 'none') {
    return <Empty title="No port has data of now.">What is held at this moment cannot be told.</Empty>;
  }
  if (telling === 0)
    return <Empty title="No port tells pause or credit waits.">Whether one is held cannot be told.</Empty>;
  const blocked = ports.filter((port) => port.blockedFraction > 0);
  if (blocked.length === 0) return <Empty title="No port is held by pause or missing credits." />;
  return (
    <ol>
      {blocked.slice(0, most).map((port) => (
        <li key={portName(port)} className="flex min-h-6 items-center gap-2">
          <Link href={portHref(port)} className="link min-w-0 truncate font-mono text-xs">
            {portName(port)}
          </Link>
          <span className="ml-auto h-2 w-16 shrink-0 rounded-sm bg-raised" aria-hidden>
            <span
              className="heat-cell block h-full rounded-sm"
              style={{
                ...heatStyle(heatColours(port.blockedFraction)),
                width: `${Math.max(3, port.blockedFraction * 100)}%`,
              }}
            />
          </span>
          <span
            className="w-16 shrink-0 text-right"
            title={port.bounded ? 'at most: this port counts pause frames, not time' : undefined}
          >
            {markBound(formatFraction(port.blockedFraction), port.bounded)}
          </span>
        </li>
      ))}
    </ol>
  );
}
