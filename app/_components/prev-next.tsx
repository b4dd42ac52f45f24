'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { useNeighbours } from './shortcuts-provider.tsx';

/** Previous and next of the same kind; `[` and `]` do the same. */
export function PrevNext({ previous, next, what }: { previous: string | null; next: string | null; what: string }) {
  useNeighbours(previous, next);
  return (
    <span className="flex gap-1">
      <Neighbour href={previous} label={`Previous ${what}`} hint="[">
        <ChevronLeft size={14} aria-hidden /> <kbd className="font-mono text-xs text-muted">[</kbd>
      </Neighbour>
      <Neighbour href={next} label={`Next ${what}`} hint="]">
        <kbd className="font-mono text-xs text-muted">]</kbd> <ChevronRight size={14} aria-hidden />
      </Neighbour>
    </span>
  );
}

function Neighbour({
  href,
  label,
  hint,
  children,
}: {
  href: string | null;
  label: string;
  hint: string;
  children: React.ReactNode;
}) {
  if (href === null) {
    return (
      <button type="button" className="button" disabled aria-label={`${label}: none`}>
        {children}
      </button>
    );
  }
  return (
    <Link href={href} className="button" aria-label={label} title={`${label} (${hint})`}>
      {children}
    </Link>
  );
}
