import type { TargetHealth } from '../../../lib/events/events.ts';
import { fieldInfo } from '../../../lib/units/fields.ts';
import { Ago } from '../clock-provider.tsx';
import { CopyButton } from '../copy-button.tsx';

/** Remarks that stand in the open. */
const MOST_OPEN = 3;

export function hasNotes({ lastError, missing, refused }: TargetHealth): boolean {
  return lastError !== null || missing.length > 0 || refused.length > 0;
}

/** What limits a target: its last error in full, counters that are refused, saturated or absent. */
export function TargetNotes({ target }: { target: TargetHealth }) {
  const { lastError, refused } = target;
  return (
    <div className="flex flex-col gap-1 text-xs">
      {lastError !== null && (
        <div className="flex flex-wrap items-center gap-2">
          <p className="min-w-0 rounded-sm bg-surface [overflow-wrap:anywhere]">
            <span className="font-medium">
              last error, <Ago timestampMs={lastError.atMs} />:
            </span>{' '}
            <span className="font-mono">{lastError.message}</span>
          </p>
          <CopyButton text={lastError.message} label="Copy" />
        </div>
      )}
      <Remarks texts={refused.slice(0, MOST_OPEN)} />
      {refused.length > MOST_OPEN && (
        <details>
          <summary className="w-fit rounded-sm bg-surface text-muted">
            and {refused.length - MOST_OPEN} more remarks
          </summary>
          <Remarks texts={refused.slice(MOST_OPEN)} />
        </details>
      )}
      <Missing target={target} />
    </div>
  );
}

function Remarks({ texts }: { texts: readonly string[] }) {
  return texts.map((text) => (
    <p key={text} className="text-warning">
      <span className="rounded-sm bg-surface [overflow-wrap:anywhere]">not used or in doubt: {text}</span>
    </p>
  ));
}

/** Before the first answer nothing is known to be missing: everything is. */
function Missing({ target: { missing, lastSuccessMs } }: { target: TargetHealth }) {
  if (missing.length === 0 || lastSuccessMs === null) return null;
  return (
    <p className="text-muted">
      <span className="rounded-sm bg-surface box-decoration-clone">
        does not give: {missing.map((field) => fieldInfo(field)?.label ?? field).join(', ')}
      </span>
    </p>
  );
}
