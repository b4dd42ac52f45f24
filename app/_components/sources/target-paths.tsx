import { clsx } from 'clsx';
import { Fragment } from 'react';
import type { MissingLeaf, TargetHealth, TargetPathHealth } from '../../../lib/events/events.ts';
import { formatIntervalMs } from '../../../lib/format/durations.ts';
import { fieldInfo } from '../../../lib/units/fields.ts';
import { isFailing, isLate, latestFirst } from '../../_lib/targets.ts';
import { Ago } from '../clock-provider.tsx';
import { ScrollRegion } from '../scroll-region.tsx';

/** What is asked of a target and what comes, path by path: those that fail or are late first. */
export function TargetPaths({ target }: { target: TargetHealth }) {
  if (target.paths.length === 0) return <p className="text-muted">No path has been asked for yet.</p>;
  return (
    <ScrollRegion label={`Paths of ${target.target}`} className="overflow-x-auto">
      <table className="w-full min-w-[46rem] text-left">
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="w-72">
              path
            </th>
            <th scope="col" className="w-20 text-right">
              asked
            </th>
            <th scope="col" className="w-28 text-right">
              achieved
            </th>
            <th scope="col" className="w-24 text-right">
              refresh
            </th>
            <th scope="col" className="pl-4">
              what is missing, and why
            </th>
          </tr>
        </thead>
        <tbody>
          {latestFirst(target.paths).map((path) => (
            <PathRow key={path.path} path={path} silent={target.state === 'down' || target.lastSuccessMs === null} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function PathRow({ path, silent }: { path: TargetPathHealth; silent: boolean }) {
  const { requestedIntervalMs, staircaseMs, served } = path;
  return (
    <tr className={clsx('border-t border-line align-top', served === false && 'text-muted')}>
      <th scope="row" className="py-0.5 font-normal [overflow-wrap:anywhere]">
        {path.path}
      </th>
      <td className="py-0.5 text-right">{served === false ? '–' : formatIntervalMs(requestedIntervalMs)}</td>
      <td className="py-0.5 text-right">
        <Achieved path={path} silent={silent} />
      </td>
      <td className="py-0.5 text-right">
        {staircaseMs === null ? (
          <span className="text-muted">–</span>
        ) : (
          <span
            className={staircaseMs > requestedIntervalMs ? 'font-medium text-warning' : undefined}
            title="The device refreshes its counters only this often, whatever the poll"
          >
            {formatIntervalMs(staircaseMs)}
          </span>
        )}
      </td>
      <td className="py-0.5 pl-4">
        <PathRemarks path={path} />
      </td>
    </tr>
  );
}

/** A path without an interval has not answered, or, of a target that does answer, not twice yet. */
export function Achieved({ path, silent }: { path: TargetPathHealth; silent: boolean }) {
  const { achievedIntervalMs, served, refused = [] } = path;
  if (served === false) return <span className="text-muted">not served</span>;
  if (achievedIntervalMs === null) {
    if (silent || isFailing(path)) return <span className="font-medium text-warning">no answer</span>;
    return <span className="text-muted">{refused.length > 0 ? 'not used' : 'not yet known'}</span>;
  }
  return (
    <span className={isLate(path) ? 'font-medium text-warning' : undefined}>
      {formatIntervalMs(achievedIntervalMs)}
      {isLate(path) && ' late'}
    </span>
  );
}

function PathRemarks({ path }: { path: TargetPathHealth }) {
  const { missing = [], missingLeaves = [], refused = [], lastError = null } = path;
  return (
    <div className="flex flex-col [overflow-wrap:anywhere]">
      {lastError !== null && (
        <p>
          <span className="font-medium">
            failed <Ago timestampMs={lastError.atMs} />:
          </span>{' '}
          <span className="font-mono text-xs">{lastError.message}</span>
        </p>
      )}
      {refused.map((text) => (
        <p key={text} className="text-warning">
          {text}
        </p>
      ))}
      {missingLeaves.length > 0 ? (
        <p className="text-muted">
          never sent: <MissingLeaves leaves={missingLeaves} />
        </p>
      ) : (
        missing.length > 0 && <p className="text-muted">not given: {labelsOf(missing)}</p>
      )}
    </div>
  );
}

/** By the device's names, each with what it would give. */
function MissingLeaves({ leaves }: { leaves: readonly MissingLeaf[] }) {
  return leaves.map(({ leaf, fields }, index) => (
    <Fragment key={leaf}>
      {index > 0 && ', '}
      <span className="font-mono text-xs">{leaf}</span> ({labelsOf(fields)})
    </Fragment>
  ));
}

/** Canonical fields as people call them. */
export function labelsOf(fields: readonly string[]): string {
  return fields.map((field) => fieldInfo(field)?.label ?? field).join(', ');
}
