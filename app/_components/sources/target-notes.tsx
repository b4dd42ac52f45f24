import type { ReactNode } from 'react';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { formatIntervalMs, formatMs } from '../../../lib/format/durations.ts';
import { hasWrongClock, stormReason } from '../../_lib/targets.ts';
import { Ago } from '../clock-provider.tsx';
import { CopyButton } from '../copy-button.tsx';
import { labelsOf } from './target-paths.tsx';

/** All that limits a target, in full: its last error, what it could not have shown, its clock, what it does not give. */
export function TargetNotes({ target }: { target: TargetHealth }) {
  const { lastError, missing, notes = [], lastSuccessMs } = target;
  const own = remarksOfTheWhole(target);
  return (
    <dl className="grid grid-cols-1 gap-x-3 gap-y-0.5 md:grid-cols-[9rem_1fr]">
      {lastError !== null && (
        <Note term="last error">
          <span className="inline-flex flex-wrap items-center gap-2">
            <span className="min-w-0 font-mono text-xs [overflow-wrap:anywhere]">{lastError.message}</span>
            <span className="text-muted">
              <Ago timestampMs={lastError.atMs} />
            </span>
            <CopyButton text={lastError.message} label="Copy" />
          </span>
        </Note>
      )}
      <Note term="shortest storm">
        <Storm target={target} />
      </Note>
      <Note term="clock">
        <Clock target={target} />
      </Note>
      {own.length > 0 && (
        <Note term="not used">
          {own.map((text) => (
            <p key={text} className="text-warning [overflow-wrap:anywhere]">
              {text}
            </p>
          ))}
        </Note>
      )}
      {/* Before the first answer nothing is known to be missing: everything is. */}
      {missing.length > 0 && lastSuccessMs !== null && <Note term="does not give">{labelsOf(missing)}</Note>}
      {notes.length > 0 && (
        <Note term="good to know">
          {notes.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Note>
      )}
    </dl>
  );
}

/** Remarks that stand with no path. */
function remarksOfTheWhole({ refused, paths }: TargetHealth): string[] {
  const told = new Set(paths.flatMap((path) => path.refused ?? []));
  return refused.filter((text) => !told.has(text));
}

function Note({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Storm({ target }: { target: TargetHealth }) {
  const { shortestStormMs } = target;
  const reason = stormReason(target);
  if (shortestStormMs === null || reason === null)
    return <span className="text-muted">not known before the second answer</span>;
  return (
    <>
      A storm shorter than <strong>{formatIntervalMs(shortestStormMs)}</strong> would not have been seen at any of its
      ports: {reason}.
    </>
  );
}

function Clock({ target }: { target: TargetHealth }) {
  const { clockOffsetMs, clockErrorMs } = target;
  if (clockOffsetMs === null) return <span className="text-muted">not told by this device</span>;
  const error = clockErrorMs === undefined ? '' : `, to ${formatMs(clockErrorMs)}`;
  return (
    <>
      {clockText(clockOffsetMs)}
      {error}
      {hasWrongClock(target) && (
        <span className="text-warning">
          : times in its own logs and traps are wrong by as much; samples go by the collector's clock
        </span>
      )}
    </>
  );
}

function clockText(offsetMs: number): string {
  if (offsetMs === 0) return 'the collector’s own';
  return `${formatMs(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} the collector's`;
}
