'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { OverviewView } from '../../../lib/api/types.ts';
import { SEVERITIES } from '../../../lib/kinds.ts';
import { SEVERITY_INFO } from '../../_lib/causes.ts';
import { Ago } from '../clock-provider.tsx';
import { Mark } from '../mark.tsx';

const LOOKS = {
  ok: { severity: 'ok', word: 'All quiet' },
  watching: { severity: 'info', word: 'Watching' },
  hurting: { severity: 'critical', word: 'Hurting' },
  attention: { severity: 'warning', word: 'Attention' },
  // Not knowing wants somebody as much as a warning does.
  unknown: { severity: 'warning', word: 'Cannot tell' },
} as const;

/** What to look at: the sentence names the page. */
const LINKED = /\bSources\b/;

/** The one sentence, with how many incidents of each severity stand behind it. */
export function VerdictBanner({ view, className }: { view: OverviewView; className?: string }) {
  const { severity, word } = LOOKS[view.state];
  const { colour } = SEVERITY_INFO[severity];
  const { shape } = SEVERITY_INFO[view.state === 'unknown' ? 'unknown' : severity];
  return (
    <section
      aria-label="Verdict"
      className={clsx(
        'flex flex-wrap items-center gap-x-4 gap-y-1 rounded-md border border-line bg-surface px-3 py-2',
        view.state === 'unknown' && 'hatched border-warning',
        className,
      )}
      style={{ borderLeft: `5px solid ${colour}` }}
    >
      <span className="flex items-center gap-2 rounded-sm bg-surface px-1 font-semibold" style={{ color: colour }}>
        <Mark shape={shape} colour={colour} size={15} />
        {word}
      </span>
      <h1
        className="min-w-0 flex-1 basis-80 text-base font-medium leading-snug"
        data-testid="verdict-sentence"
        aria-live="polite"
      >
        <span className="rounded-sm bg-surface box-decoration-clone px-1">
          <Sentence text={view.sentence} />
        </span>
      </h1>
      <ul className="flex flex-wrap gap-x-4 rounded-sm bg-surface px-1" aria-label="Open incidents by severity">
        {SEVERITIES.toReversed().map((name) => (
          <li key={name} className={clsx('flex items-center gap-1.5', view.counts[name] === 0 && 'text-muted')}>
            <Mark
              shape={SEVERITY_INFO[name].shape}
              colour={view.counts[name] === 0 ? 'var(--muted)' : SEVERITY_INFO[name].colour}
            />
            <span className="font-semibold">{view.counts[name]}</span> {name}
          </li>
        ))}
        <li className="text-muted">
          updated <Ago timestampMs={view.atMs} />
        </li>
      </ul>
    </section>
  );
}

/** The sentence with a link to the page it sends the reader to. */
function Sentence({ text }: { text: string }) {
  const [before, after] = text.split(LINKED);
  if (after === undefined) return text;
  return (
    <>
      {before}
      <Link href="/sources" className="link">
        Sources
      </Link>
      {after}
    </>
  );
}
