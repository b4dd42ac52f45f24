'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failed, Skeleton, StaleNote } from './states.tsx';

/**
 * The four states of one answer: skeleton, failed, absent (null), and content; content that could not be read again
 * stays, with a note.
 */
export function QueryContent<T>({
  query,
  what,
  absent,
  skeletonRows = 4,
  skeletonHeight,
  children,
}: {
  query: Pick<UseQueryResult<T | null>, 'data' | 'error' | 'refetch'>;
  /** Subject of "... could not be read". */
  what: string;
  absent?: ReactNode;
  skeletonRows?: number;
  skeletonHeight?: number;
  children: (data: T) => ReactNode;
}) {
  const { data, error } = query;
  const retry = () => void query.refetch();
  if (data === undefined) {
    if (error !== null) return <Failed what={what} error={error} retry={retry} />;
    return skeletonHeight === undefined ? <Skeleton rows={skeletonRows} /> : <Skeleton height={skeletonHeight} />;
  }
  if (data === null) return absent ?? null;
  return (
    <>
      {error !== null && (
        <StaleNote className="mb-2">
          {what} could not be read again ({error.message}); this is the last answer.
        </StaleNote>
      )}
      {children(data)}
    </>
  );
}
