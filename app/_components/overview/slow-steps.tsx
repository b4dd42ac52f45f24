'use client';

import Link from 'next/link';
import { formatSeconds } from '../../../lib/format/durations.ts';
import type { StepVerdict } from '../../../lib/training/step.ts';
import { CAUSE_FAMILIES, kindLabel, mainCause, stepFamily, verdictText } from '../../_lib/causes.ts';
import { unknownReason } from '../../_lib/job-notes.ts';
import { stepHref } from '../../_lib/paths.ts';
import { Moment } from '../clock-provider.tsx';
import { Mark } from '../mark.tsx';
import { Empty } from '../states.tsx';

/** Slow steps lately judged: how much longer, and why. */
export function SlowSteps({ steps, most }: { steps: readonly StepVerdict[]; most?: number }) {
  if (steps.length === 0) {
    return <Empty title="No slow step lately.">A step is judged as soon as it ends and its baseline is known.</Empty>;
  }
  return (
    <ul className="divide-y divide-line">
      {steps.slice(0, most).map((step) => (
        <SlowStepRow key={`${step.job} ${step.step} ${step.run ?? 0}`} step={step} />
      ))}
    </ul>
  );
}

function SlowStepRow({ step }: { step: StepVerdict }) {
  const family = CAUSE_FAMILIES[stepFamily(step)];
  const cause = mainCause(step);
  const why = unknownReason(step);
  return (
    <li
      data-testid="slow-step"
      data-step={step.step}
      data-job={step.job}
      data-cause={cause?.kind ?? 'unexplained'}
      className="flex min-h-7 items-center gap-2 py-0.5"
    >
      <Mark shape={family.shape} colour={family.colour} />
      <Link href={stepHref(step.job, step.step)} className="link shrink-0 font-medium">
        {step.job} · {step.step}
      </Link>
      <span className="min-w-0 truncate" title={why ?? undefined}>
        {cause === undefined || why !== null ? verdictText(step.verdict) : kindLabel(cause.kind)}
        {why !== null && <span className="text-muted">: {why}</span>}
        {why === null && step.label !== null && <span className="text-muted"> {step.label}</span>}
      </span>
      <span className="ml-auto shrink-0 font-semibold">+{formatSeconds(step.excessSeconds)}</span>
      <span className="shrink-0 text-xs text-muted">
        <Moment timestampMs={step.endMs} />
      </span>
    </li>
  );
}
