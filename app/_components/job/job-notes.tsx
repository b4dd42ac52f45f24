'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { JobDetail, RankMap } from '../../../lib/api/types.ts';
import type { StepVerdict } from '../../../lib/training/step.ts';
import { kindLabel } from '../../_lib/causes.ts';
import { hangText, shiftText, standingShift, unknownText } from '../../_lib/job-notes.ts';
import { incidentHref, stepHref } from '../../_lib/paths.ts';
import { useNowMs } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';

/** What the figures of a job do not say: that it hangs, that it has become slower, that some steps cannot be told. */
export function JobNotes({
  detail,
  steps,
  map,
  className,
}: {
  detail: JobDetail;
  steps: readonly StepVerdict[];
  map: RankMap | undefined;
  className?: string;
}) {
  const nowMs = useNowMs();
  const shift = standingShift(steps);
  const unknown = unknownText(steps);
  const open = detail.incidents.filter(({ endMs }) => endMs === null);
  const hangs = detail.state === 'stalled';
  if (!hangs && shift === null && unknown === null) return null;
  return (
    <ul className={clsx('flex flex-col gap-2', className)} aria-label="Notes">
      {hangs && (
        <Note kind="hang" severity="critical" word="Hangs">
          {hangText(detail, map, nowMs)}{' '}
          {open.length === 0
            ? 'No open incident touches its ports: look at its hosts and its log first.'
            : 'Open incidents of this job: '}
          {open.map(({ id, kind, rootDevice, rootPort }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link href={incidentHref(id)} className="link">
                {kindLabel(kind)} at {rootDevice}/{rootPort}
              </Link>
            </span>
          ))}
        </Note>
      )}
      {shift !== null && (
        <Note kind="shift" severity="warning" word="Slower">
          {shiftText(shift)}{' '}
          <Link href={stepHref(detail.job, shift.step)} className="link">
            Why step {shift.step} was slow
          </Link>
        </Note>
      )}
      {unknown !== null && (
        <Note kind="unknown" severity="unknown" word="Cannot tell">
          {unknown}
        </Note>
      )}
    </ul>
  );
}

function Note({
  kind,
  severity,
  word,
  children,
}: {
  kind: string;
  severity: 'critical' | 'warning' | 'unknown';
  word: string;
  children: ReactNode;
}) {
  return (
    <li
      data-testid="job-note"
      data-kind={kind}
      className="flex items-start gap-2 rounded-md border border-line bg-surface px-3 py-1.5"
    >
      <span className="flex shrink-0 items-center gap-1.5 font-semibold">
        <SeverityMark severity={severity} word={false} /> {word}
      </span>
      <span className="min-w-0 [overflow-wrap:anywhere]">{children}</span>
    </li>
  );
}
