'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatSeconds, formatSecondsRange } from '../../../lib/format/durations.ts';
import { formatFraction } from '../../../lib/format/numbers.ts';
import type { StepCause, StepVerdict } from '../../../lib/training/step.ts';
import {
  CAUSE_FAMILIES,
  CONFIDENCE_TEXT,
  causeFamily,
  kindLabel,
  rankedCauses,
  unclaimedSeconds,
} from '../../_lib/causes.ts';
import { incidentHref } from '../../_lib/paths.ts';
import { Mark } from '../mark.tsx';
import { PortLink } from '../port-link.tsx';

/** What took the excess of a step, each with its share, its range and where it happened. */
export function CauseList({ verdict, incidents }: { verdict: StepVerdict; incidents: readonly Incident[] }) {
  if (!verdict.slow) return <p className="py-1 text-muted">The step was not slow.</p>;
  const rest = unclaimedSeconds(verdict);
  return (
    <ol className="divide-y divide-line">
      {rankedCauses(verdict.causes).map((cause) => (
        <Cause
          key={`${cause.kind} ${cause.incident} ${cause.rank}`}
          cause={cause}
          excessSeconds={verdict.excessSeconds}
          incident={incidents.find((one) => one.id === cause.incident)}
        />
      ))}
      {rest > 0.001 && (
        <li className="flex items-center gap-2 py-1.5 text-muted">
          <Mark shape="ring" colour="var(--unknown)" />
          no cause claims {formatSeconds(rest)}
          <Share fraction={rest / verdict.excessSeconds} colour="var(--unknown)" hatched />
        </li>
      )}
    </ol>
  );
}

function Cause({
  cause,
  excessSeconds,
  incident,
}: {
  cause: StepCause;
  excessSeconds: number;
  incident: Incident | undefined;
}) {
  const family = CAUSE_FAMILIES[causeFamily(cause.kind)];
  const fraction = excessSeconds > 0 ? cause.seconds / excessSeconds : 0;
  return (
    <li className="py-1.5" data-cause={cause.kind}>
      <p className="flex flex-wrap items-center gap-x-2">
        <Mark shape={family.shape} colour={family.colour} />
        <span className="font-medium">{kindLabel(cause.kind)}</span>
        {cause.label !== undefined && <span className="text-muted">{CONFIDENCE_TEXT[cause.label]}</span>}
        {cause.incident !== null && (
          <Link href={incidentHref(cause.incident)} className="link">
            incident
          </Link>
        )}
        {incident !== undefined && (
          <span>
            root <PortLink port={{ device: incident.rootDevice, port: incident.rootPort }} />
          </span>
        )}
        {cause.rank !== undefined && (
          <span className="text-muted">
            rank {cause.rank}
            {cause.host !== undefined && ` on ${cause.host}`}
          </span>
        )}
        <Share fraction={fraction} colour={family.colour} />
        <span className="w-32 text-right font-semibold">
          {formatSecondsRange(cause.seconds, cause.secondsHigh ?? cause.seconds)}
        </span>
      </p>
      {cause.incident === null && cause.text !== undefined && <p className="pl-5 text-muted">{cause.text}</p>}
    </li>
  );
}

function Share({ fraction, colour, hatched = false }: { fraction: number; colour: string; hatched?: boolean }) {
  const width = `${Math.min(100, Math.max(1, fraction * 100))}%`;
  return (
    <span className="ml-auto flex items-center gap-2" title="share of the excess">
      <span className="h-2 w-20 overflow-hidden rounded-sm bg-raised" aria-hidden>
        <span
          className={clsx('block h-full', hatched && 'hatched')}
          style={{ width, ...(hatched ? {} : { background: colour }) }}
        />
      </span>
      <span className="w-12 text-right text-muted">{formatFraction(Math.min(1, fraction))}</span>
    </span>
  );
}
