'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { formatIntervalMs, formatMs } from '../../../lib/format/durations.ts';
import { formatCount } from '../../../lib/format/numbers.ts';
import { fieldInfo } from '../../../lib/units/fields.ts';
import { isLate } from '../../_lib/targets.ts';
import { Ago } from '../clock-provider.tsx';
import { CopyButton } from '../copy-button.tsx';
import { SeverityMark } from '../mark.tsx';
import { ScrollRegion } from '../scroll-region.tsx';

const STATE_MARKS = { ok: 'ok', starting: 'unknown', degraded: 'warning', down: 'critical' } as const;

/** One block a target: state, intervals by path, and what it cannot show. Errors stand in full. */
export function TargetTable({ targets }: { targets: readonly TargetHealth[] }) {
  return (
    <ScrollRegion label="Targets" className="overflow-x-auto">
      <table className="w-full min-w-[60rem]">
        <thead>
          <tr className="text-left text-xs text-muted">
            <th scope="col" className="w-28">
              state
            </th>
            <th scope="col">target</th>
            <th scope="col" className="text-right">
              ports
            </th>
            <th scope="col" className="pl-6">
              interval asked / achieved, refresh
            </th>
            <th scope="col" className="text-right">
              shortest storm
            </th>
            <th scope="col" className="text-right">
              clock offset
            </th>
            <th scope="col" className="text-right">
              failed polls
            </th>
            <th scope="col" className="text-right">
              last answer
            </th>
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
    <tbody className={clsx('border-t border-line align-top', target.state === 'down' && 'hatched')}>
      <tr>
        <td className="py-1.5">
          <span className="inline-flex items-center gap-1.5 rounded-sm bg-surface pr-1">
            <SeverityMark severity={mark} word={false} /> {target.state}
          </span>
        </td>
        <th scope="row" className="py-1.5 text-left">
          <Link
            href={`/ports?q=${encodeURIComponent(`device:${target.device}`)}`}
            className="link rounded-sm bg-surface"
          >
            {target.target}
          </Link>
          <div className="text-xs font-normal text-muted">
            <span className="rounded-sm bg-surface">
              {target.collector} {target.address}, by {target.collectedBy}
            </span>
          </div>
        </th>
        <td className="py-1.5 text-right">{formatCount(target.ports)}</td>
        <td className="py-1.5 pl-6">
          <Paths target={target} />
        </td>
        <td className="py-1.5 text-right">
          {target.shortestStormMs === null ? <Unknown /> : formatIntervalMs(target.shortestStormMs)}
        </td>
        <td className="py-1.5 text-right">
          {target.clockOffsetMs === null ? <Unknown /> : formatMs(target.clockOffsetMs)}
        </td>
        <td className="py-1.5 text-right">
          {formatCount(target.failures)} of {formatCount(target.polls)}
        </td>
        <td className="py-1.5 text-right">
          {target.lastSuccessMs === null ? 'never' : <Ago timestampMs={target.lastSuccessMs} />}
        </td>
      </tr>
      {hasNotes(target) && (
        <tr>
          <td />
          <td colSpan={7} className="pb-1.5">
            <Notes target={target} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function hasNotes(target: TargetHealth): boolean {
  return target.lastError !== null || target.missing.length > 0 || target.refused.length > 0;
}

function Paths({ target }: { target: TargetHealth }) {
  return (
    <ul>
      {target.paths.map((path) => (
        <li key={path.path} className="flex flex-wrap gap-x-2">
          <span className="text-muted">{path.path}</span>
          <span className={clsx('rounded-sm bg-surface', isLate(path) && 'font-semibold text-warning')}>
            {formatIntervalMs(path.requestedIntervalMs)} /{' '}
            {path.achievedIntervalMs === null ? 'no answer' : formatIntervalMs(path.achievedIntervalMs)}
            {isLate(path) && ' late'}
          </span>
          {path.staircaseMs !== null && (
            <span className="text-warning" title="The device refreshes its counters only this often, whatever the poll">
              refreshes every {formatIntervalMs(path.staircaseMs)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Notes({ target }: { target: TargetHealth }) {
  return (
    <div className="flex flex-col gap-1 text-xs">
      {target.lastError !== null && (
        <div className="flex flex-wrap items-center gap-2">
          <p className="break-all rounded-sm bg-surface">
            <span className="font-medium">
              last error, <Ago timestampMs={target.lastError.atMs} />:
            </span>{' '}
            <span className="font-mono">{target.lastError.message}</span>
          </p>
          <CopyButton text={target.lastError.message} label="Copy" />
        </div>
      )}
      {target.refused.map((reason) => (
        <p key={reason} className="text-warning">
          <span className="rounded-sm bg-surface">refused: {reason}</span>
        </p>
      ))}
      {target.missing.length > 0 && (
        <p className="text-muted">
          <span className="rounded-sm bg-surface">
            does not give: {target.missing.map((field) => fieldInfo(field)?.label ?? field).join(', ')}
          </span>
        </p>
      )}
    </div>
  );
}

function Unknown() {
  return <span className="text-muted">not known</span>;
}
