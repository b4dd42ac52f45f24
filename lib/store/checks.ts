import { StoreError } from '../errors.ts';
import type { SeriesFilter } from './types.ts';

/** @throws StoreError once the store was closed */
export function assertOpen(open: boolean): void {
  if (!open) throw new StoreError('unavailable', 'the store is closed', { retryable: false });
}

/** @throws StoreError (cancelled) when the asker has gone */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** What a query whose signal said stop rejects with. */
export function cancelled(): StoreError {
  return new StoreError('cancelled', 'the query was cancelled', { retryable: false });
}

/** Whether a series is asked for; a part left out of the filter matches everything. */
export function matches(filter: SeriesFilter, series: { device: string; port: string; priority?: number }): boolean {
  if (filter.device !== undefined && filter.device !== series.device) return false;
  if (filter.port !== undefined && filter.port !== series.port) return false;
  if (filter.priority === undefined) return true;
  return filter.priority === (series.priority ?? null);
}
