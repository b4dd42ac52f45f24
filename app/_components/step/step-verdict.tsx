'use client';

import { clsx } from 'clsx';
import { formatSeconds } from '../../../lib/format/durations.ts';
import { formatFraction } from '../../../lib/format/numbers.ts';
import type { StepVerdict } from '../../../lib/training/step.ts';
import { CAUSE_FAMILIES, CONFIDENCE_TEXT, SEVERITY_INFO, stepFamily, verdictText } from '../../_lib/causes.ts';
import { flagTexts, knownBaseline } from '../../_lib/flags.ts';
import { Moment } from '../clock-provider.tsx';
import { Mark } from '../mark.tsx';

/** Was it the network? In one word, with how sure, and by how much the step was late. */
export function StepVerdictBanner({ verdict, className }: { verdict: StepVerdict; className?: string }) {
  const baseline = knownBaseline(verdict);
  const unknown = verdict.slow && verdict.verdict === 'unknown';
  const look = verdict.slow ? CAUSE_FAMILIES[stepFamily(verdict)] : SEVERITY_INFO.ok;
  return (
    <section
      aria-label="Verdict"
      data-testid="step-verdict"
      data-verdict={verdict.verdict ?? 'none'}
      className={clsx(
        'flex flex-wrap items-center gap-x-6 gap-y-2 rounded-md border border-line bg-surface px-3 py-2',
        unknown && 'hatched',
        className,
      )}
      style={{ borderLeft: `5px solid ${look.colour}` }}
    >
      <p className="flex items-center gap-2 text-lg font-semibold">
        <Mark shape={look.shape} colour={look.colour} size={16} />
        <span className={unknown ? 'rounded-sm bg-surface px-1' : undefined}>{sentence(verdict)}</span>
        {verdict.label !== null && (
          <span className="rounded border border-line-strong bg-surface px-1.5 text-xs font-normal">
            {CONFIDENCE_TEXT[verdict.label]}
            {verdict.confidence !== null && ` ${formatFraction(verdict.confidence)}`}
          </span>
        )}
      </p>
      <dl className="ml-auto flex flex-wrap gap-x-6 gap-y-1">
        <Figure label="took" value={formatSeconds(verdict.durationSeconds)} />
        <Figure label="baseline" value={baseline === null ? 'not yet known' : formatSeconds(baseline)} />
        <Figure label="excess" value={verdict.slow ? `+${formatSeconds(verdict.excessSeconds)}` : 'none'} />
        <div>
          <dt className="text-xs text-muted">ended</dt>
          <dd>
            <Moment timestampMs={verdict.endMs} />
          </dd>
        </div>
        {verdict.flags.length > 0 && <Figure label="note" value={flagTexts(verdict.flags).join(', ')} />}
      </dl>
    </section>
  );
}

function sentence(verdict: StepVerdict): string {
  if (!verdict.slow) return 'This step was not slow';
  if (verdict.verdict === 'network') return 'It was the network';
  if (verdict.verdict === 'not-network') return 'It was not the network';
  return verdict.verdict === null ? 'Not judged yet' : `Slow, and we ${verdictText('unknown')} why`;
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="font-semibold">
        <span className="rounded-sm bg-surface">{value}</span>
      </dd>
    </div>
  );
}
