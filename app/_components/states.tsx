'use client';

import { clsx } from 'clsx';
import { CircleSlash, RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '../_lib/api.ts';
import { CopyButton } from './copy-button.tsx';

/** Loading: grey bars of the size the content will have. */
export function Skeleton({ rows = 3, height }: { rows?: number; height?: number }) {
  if (height !== undefined)
    return <div className="skeleton w-full" style={{ height }} data-state="loading" aria-hidden />;
  return (
    <div className="flex flex-col gap-2 py-1" data-state="loading" aria-hidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical bars without identity
        <div key={row} className="skeleton h-5" style={{ width: `${96 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/** Empty: why there is nothing, and the one command or setting that changes it. */
export function Empty({ title, children, command }: { title: string; children?: ReactNode; command?: string }) {
  return (
    <div className="flex items-start gap-2.5 px-1 py-3 text-muted" data-state="empty">
      <CircleSlash size={16} className="mt-0.5 shrink-0" aria-hidden />
      <div className="min-w-0">
        <p className="text-text">{title}</p>
        {children !== undefined && <p className="mt-0.5">{children}</p>}
        {command !== undefined && (
          <pre className="mt-1.5 w-fit max-w-full whitespace-pre-wrap break-words rounded border border-line bg-raised px-2 py-1 font-mono text-xs text-text">
            {command}
          </pre>
        )}
      </div>
    </div>
  );
}

/** Failed: what failed, a way to try again, and an id to quote. */
export function Failed({
  what,
  error,
  retry,
  verb = 'could not be read',
}: {
  what: string;
  error: unknown;
  retry?: () => void;
  verb?: string;
}) {
  const message = error instanceof Error ? error.message : String(error);
  const id = error instanceof ApiError ? error.requestId : null;
  const code = error instanceof ApiError ? error.code : 'page';
  return (
    <div
      role="alert"
      data-state="failed"
      className="flex items-start gap-2.5 rounded border-2 border-dashed border-critical px-3 py-2.5"
    >
      <TriangleAlert size={16} className="mt-0.5 shrink-0 text-critical" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium">
          {what} {verb}
        </p>
        <p className="mt-0.5 break-words text-muted">
          {message} <span className="font-mono text-xs">({id === null ? code : `${code}, ${id}`})</span>
        </p>
        <p className="mt-2 flex flex-wrap gap-2">
          {retry !== undefined && (
            <button type="button" className="button" onClick={retry}>
              <RotateCw size={14} aria-hidden /> Try again
            </button>
          )}
          <CopyButton text={id ?? `${code}: ${message}`} label={id === null ? 'Copy error' : 'Copy error id'} />
        </p>
      </div>
    </div>
  );
}

/** Stale or partial: content stays, hatched, and says who is missing. */
export function StaleNote({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <p data-state="stale" className={clsx('hatched rounded border border-line-strong px-2 py-1 text-text', className)}>
      <span className="rounded-sm bg-surface px-1 py-0.5">{children}</span>
    </p>
  );
}
