'use client';

import { parseAsString, useQueryStates } from 'nuqs';
import { useCallback } from 'react';
import { DEFAULT_FROM, DEFAULT_TO, readRange, type TimeRange } from '../_lib/time-range.ts';
import { useNowMs } from './clock-provider.tsx';

/** The page's one time range, kept in the URL. Changing it is a step the back button undoes. */
export function useRange(): { range: TimeRange; setRange: (range: { from: string; to: string }) => void } {
  const nowMs = useNowMs();
  const [{ from, to }, setStates] = useQueryStates(
    { from: parseAsString.withDefault(DEFAULT_FROM), to: parseAsString.withDefault(DEFAULT_TO) },
    { history: 'push', clearOnDefault: true },
  );
  const setRange = useCallback((next: { from: string; to: string }) => void setStates(next), [setStates]);
  return { range: readRange(from, to, nowMs), setRange };
}
