import { clsx } from 'clsx';
import type { TargetHealth, TargetPathHealth } from '../../../lib/events/events.ts';
import { formatIntervalMs } from '../../../lib/format/durations.ts';
import { isLate, latestFirst } from '../../_lib/targets.ts';

/** Paths that stand in the open; a gNMI target may have a hundred. */
const MOST_OPEN = 4;

/** What is asked of a target and what comes, path by path: those that are late or silent first. */
export function TargetPaths({ target }: { target: TargetHealth }) {
  const paths = latestFirst(target.paths);
  const rest = paths.slice(MOST_OPEN);
  const silent = target.state === 'down' || target.lastSuccessMs === null;
  if (paths.length === 0) return <span className="rounded-sm bg-surface text-muted">nothing yet</span>;
  return (
    <>
      <PathList paths={paths.slice(0, MOST_OPEN)} silent={silent} />
      {rest.length > 0 && (
        <details className="mt-0.5">
          <summary className="rounded-sm bg-surface text-xs text-muted">and {rest.length} more paths</summary>
          <PathList paths={rest} silent={silent} />
        </details>
      )}
    </>
  );
}

/** A path without an interval has not answered, or, of a target that does answer, not twice yet. */
function PathList({ paths, silent }: { paths: readonly TargetPathHealth[]; silent: boolean }) {
  return (
    <ul>
      {paths.map((path) => (
        <li key={path.path} className="flex flex-wrap gap-x-2">
          <span className="max-w-full truncate rounded-sm bg-surface text-muted" title={path.path}>
            {path.path}
          </span>
          <span className={clsx('rounded-sm bg-surface', isLate(path) && 'font-semibold text-warning')}>
            {formatIntervalMs(path.requestedIntervalMs)} /{' '}
            {path.achievedIntervalMs === null ? (
              <span className="text-muted">{silent ? 'no answer' : 'not yet known'}</span>
            ) : (
              formatIntervalMs(path.achievedIntervalMs)
            )}
            {isLate(path) && ' late'}
          </span>
          {path.staircaseMs !== null && (
            <span
              className="rounded-sm bg-surface text-warning"
              title="The device refreshes its counters only this often, whatever the poll"
            >
              refreshes every {formatIntervalMs(path.staircaseMs)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
