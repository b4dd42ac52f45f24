'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { formatIntervalMs, formatMs } from '../../../lib/format/durations.ts';
import { formatCount } from '../../../lib/format/numbers.ts';
import { Ago } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { ScrollRegion } from '../scroll-region.tsx';
import { hasNotes, TargetNotes } from './target-notes.tsx';
import { TargetPaths } from './target-paths.tsx';

const STATE_MARKS = { ok: 'ok', starting: 'unknown', degraded: 'warning', down: 'critical' } as const;

interface Fact {
  label: string;
  value: (target: TargetHealth) => ReactNode;
}

/** Columns of numbers; on a phone they stand as lines below the target's name. */
const FACTS: readonly Fact[] = [
  { label: 'ports', value: ({ ports }) => formatCount(ports) },
  {
    label: 'shortest storm',
    value: ({ shortestStormMs }) => (shortestStormMs === null ? <Unknown /> : formatIntervalMs(shortestStormMs)),
  },
  {
    label: 'clock offset',
    value: ({ clockOffsetMs }) => (clockOffsetMs === null ? <Unknown /> : formatMs(clockOffsetMs)),
  },
  { label: 'failed', value: ({ failures, polls }) => failedShare(failures, polls) },
  {
    label: 'last answer',
    value: ({ lastSuccessMs }) => (lastSuccessMs === null ? 'never' : <Ago timestampMs={lastSuccessMs} />),
  },
];

/** A source without polls, as a stream, counts its failed connections. */
function failedShare(failures: number, polls: number): string {
  return failures > polls ? formatCount(failures) : `${formatCount(failures)} of ${formatCount(polls)}`;
}

/** One block a target: state, intervals by path, and what it cannot show. Errors stand in full. */
export function TargetTable({ targets }: { targets: readonly TargetHealth[] }) {
  return (
    <ScrollRegion label="Targets" className="overflow-x-auto">
      <table className="w-full table-fixed md:min-w-[60rem]">
        <thead>
          <tr className="text-left text-xs text-muted">
            <th scope="col" className="w-24 md:w-28">
              state
            </th>
            <th scope="col">target</th>
            <th scope="col" className="hidden w-80 pl-3 md:table-cell">
              interval asked / achieved, refresh
            </th>
            {FACTS.map(({ label }) => (
              <th key={label} scope="col" className="hidden w-26 text-right md:table-cell">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        {targets.map((target) => (
          <Target key={target.target} target={target} />
        ))}
      </table>
    </ScrollRegion>
  );
}

function Target({ target }: { target: TargetHealth }) {
  const mark = STATE_MARKS[target.state];
  return (
    <tbody
      data-testid="target"
      data-target={target.target}
      data-state={target.state}
      className={clsx('border-t border-line align-top', target.state === 'down' && 'hatched')}
    >
      <tr>
        <td className="py-1.5">
          <span className="inline-flex items-center gap-1.5 rounded-sm bg-surface pr-1">
            <SeverityMark severity={mark} word={false} /> {target.state}
          </span>
        </td>
        <th scope="row" className="py-1.5 text-left [overflow-wrap:anywhere]">
          <Link
            href={`/ports?q=${encodeURIComponent(`device:${target.device}`)}`}
            className="link rounded-sm bg-surface"
          >
            {target.target}
          </Link>
          <div className="text-xs font-normal text-muted">
            <span className="rounded-sm bg-surface box-decoration-clone">
              {target.collector}
              {target.address !== target.target && ` ${target.address}`}
              {target.collectedBy !== '' && `, by ${target.collectedBy}`}
            </span>
          </div>
          <Narrow target={target} />
        </th>
        <td className="hidden py-1.5 pl-3 md:table-cell">
          <TargetPaths target={target} />
        </td>
        {FACTS.map(({ label, value }) => (
          <td key={label} className="hidden py-1.5 text-right md:table-cell">
            <span className="rounded-sm bg-surface">{value(target)}</span>
          </td>
        ))}
      </tr>
      {hasNotes(target) && (
        <tr>
          <td className="hidden md:table-cell" />
          <td colSpan={2} className="pb-1.5">
            <TargetNotes target={target} />
          </td>
          <td className="hidden md:table-cell" colSpan={FACTS.length} />
        </tr>
      )}
    </tbody>
  );
}

/** The columns a phone has no room for. */
function Narrow({ target }: { target: TargetHealth }) {
  return (
    <div className="mt-1 font-normal md:hidden">
      <TargetPaths target={target} />
      <dl className="mt-0.5 flex flex-wrap gap-x-3 text-xs">
        {FACTS.map(({ label, value }) => (
          <div key={label} className="flex gap-1 rounded-sm bg-surface">
            <dt className="text-muted">{label}</dt>
            <dd>{value(target)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Unknown() {
  return <span className="text-muted">not known</span>;
}
