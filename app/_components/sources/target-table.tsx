'use client';

import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useId, useState } from 'react';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { formatIntervalMs, formatMs } from '../../../lib/format/durations.ts';
import { formatCount } from '../../../lib/format/numbers.ts';
import { certainOffsetMs, decidingPath, hasWrongClock, troubledPaths } from '../../_lib/targets.ts';
import { Ago } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { ScrollRegion } from '../scroll-region.tsx';
import { TargetNotes } from './target-notes.tsx';
import { Achieved, TargetPaths } from './target-paths.tsx';

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
  { label: 'clock offset', value: (target) => <Offset target={target} /> },
  { label: 'failed', value: ({ failures, polls }) => failedShare(failures, polls) },
  {
    label: 'last answer',
    value: ({ lastSuccessMs }) => (lastSuccessMs === null ? 'never' : <Ago timestampMs={lastSuccessMs} />),
  },
];
const COLUMNS = 3 + FACTS.length;

/** A source without polls, as a stream, counts its failed connections. */
function failedShare(failures: number, polls: number): string {
  if (failures === 0) return 'none';
  return failures > polls ? formatCount(failures) : `${formatCount(failures)} of ${formatCount(polls)}`;
}

/** One line a target; it opens to its paths and to all that limits it. */
export function TargetTable({ targets }: { targets: readonly TargetHealth[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  return (
    <ScrollRegion label="Targets" className="overflow-x-auto">
      {/* On a phone a target is a block of lines, and the columns are told among them. */}
      <table className="block w-full table-fixed md:table md:min-w-[64rem]">
        <thead className="hidden md:table-header-group">
          <tr className="text-left text-xs text-muted">
            <th scope="col" className="w-28">
              state
            </th>
            <th scope="col">target</th>
            <th scope="col" className="w-64 pl-3">
              interval asked / achieved
            </th>
            {FACTS.map(({ label }) => (
              <th key={label} scope="col" className="w-26 text-right">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        {targets.map((target) => (
          <Target
            key={target.target}
            target={target}
            isOpen={open.has(target.target)}
            toggle={() => toggle(target.target)}
          />
        ))}
      </table>
    </ScrollRegion>
  );
}

function Target({ target, isOpen, toggle }: { target: TargetHealth; isOpen: boolean; toggle: () => void }) {
  const details = useId();
  const { lastError, state } = target;
  const failing = lastError !== null && state !== 'ok';
  return (
    <tbody
      data-testid="target"
      data-target={target.target}
      data-state={state}
      className={clsx(
        'block border-t border-line align-top md:table-row-group',
        state === 'down' && !isOpen && 'hatched',
      )}
    >
      <tr className="block md:table-row">
        <td className="block pt-1 md:table-cell md:py-1">
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={details}
            onClick={toggle}
            className="-my-0.5 inline-flex min-h-6 items-center gap-1 rounded-sm bg-surface pr-1"
          >
            <ChevronRight size={14} aria-hidden className={clsx('shrink-0 text-muted', isOpen && 'rotate-90')} />
            <SeverityMark severity={STATE_MARKS[state]} word={false} /> {state}
            <span className="sr-only">, details of {target.target}</span>
          </button>
        </td>
        <th scope="row" className="block pb-1 text-left [overflow-wrap:anywhere] md:table-cell md:py-1">
          <div className="flex flex-wrap items-baseline gap-x-1.5">
            <Link
              href={`/ports?q=${encodeURIComponent(`device:${target.device}`)}`}
              className="link rounded-sm bg-surface"
            >
              {target.target}
            </Link>
            <span className="rounded-sm bg-surface text-xs font-normal text-muted">
              {target.collector}
              {target.address !== target.target && ` ${target.address}`}
              {target.collectedBy !== '' && `, by ${target.collectedBy}`}
            </span>
          </div>
          {failing && !isOpen && (
            <p className="line-clamp-2 rounded-sm bg-surface font-mono text-xs font-normal" title={lastError.message}>
              {lastError.message}
            </p>
          )}
          <Narrow target={target} />
        </th>
        <td className="hidden py-1 pl-3 md:table-cell">
          <Interval target={target} />
        </td>
        {FACTS.map(({ label, value }) => (
          <td key={label} className="hidden py-1 text-right md:table-cell">
            <span className="rounded-sm bg-surface">{value(target)}</span>
          </td>
        ))}
      </tr>
      <tr id={details} hidden={!isOpen} className="block md:table-row">
        {isOpen && (
          <td colSpan={COLUMNS} className="block pb-2 md:table-cell md:pl-5">
            <div className="flex flex-col gap-2 border-l-2 border-line pl-3">
              <TargetNotes target={target} />
              <TargetPaths target={target} />
            </div>
          </td>
        )}
      </tr>
    </tbody>
  );
}

/** The path that matters most, in a line: what fails or is late, else the first. */
function Interval({ target }: { target: TargetHealth }) {
  const path = decidingPath(target);
  if (path === undefined) return <span className="rounded-sm bg-surface text-muted">nothing yet</span>;
  const troubled = troubledPaths(target);
  const refreshMs = Math.max(0, ...target.paths.map(({ staircaseMs }) => staircaseMs ?? 0));
  const silent = target.state === 'down' || target.lastSuccessMs === null;
  return (
    <span className="flex flex-wrap gap-x-2 rounded-sm">
      <span className="rounded-sm bg-surface">
        {formatIntervalMs(path.requestedIntervalMs)} / <Achieved path={path} silent={silent} />
      </span>
      {refreshMs > path.requestedIntervalMs && (
        <span className="rounded-sm bg-surface text-warning">refreshes every {formatIntervalMs(refreshMs)}</span>
      )}
      {troubled > 0 && (
        <span className="rounded-sm bg-surface text-muted">
          {troubled} of {target.paths.length} paths
        </span>
      )}
    </span>
  );
}

function Offset({ target }: { target: TargetHealth }) {
  const { clockOffsetMs, clockErrorMs } = target;
  if (clockOffsetMs === null) {
    return (
      <span className="text-muted" title="not told by this device">
        not told
      </span>
    );
  }
  const title = clockErrorMs === undefined ? undefined : `to ${formatMs(clockErrorMs)}`;
  return (
    <span title={title} className={hasWrongClock(target) ? 'font-medium text-warning' : undefined}>
      {certainOffsetMs(target) === 0 && clockErrorMs !== undefined && clockErrorMs > 0
        ? `within ${formatMs(Math.ceil(clockErrorMs))}`
        : formatMs(Math.round(clockOffsetMs))}
      {hasWrongClock(target) && ' wrong'}
    </span>
  );
}

/** The columns a phone has no room for. */
function Narrow({ target }: { target: TargetHealth }) {
  return (
    <div className="font-normal md:hidden">
      <Interval target={target} />
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
