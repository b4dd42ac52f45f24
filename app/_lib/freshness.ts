import type { OverviewView } from '../../lib/api/types.ts';

/** Silence of the newest sample beyond which the map is drawn hatched, ms: three polls of the slowest usual interval. */
export const STALE_AFTER_MS = 30_000;

export type Freshness = 'fresh' | 'partial' | 'stale' | 'none';

/** How far an overview may be trusted: everything answers, some are silent, all are, or nothing was ever seen. */
export function overviewFreshness(view: Pick<OverviewView, 'coverage'>, nowMs: number): Freshness {
  const { newestSampleMs, silent } = view.coverage;
  if (newestSampleMs === null) return 'none';
  if (nowMs - newestSampleMs > STALE_AFTER_MS) return 'stale';
  return silent.length > 0 ? 'partial' : 'fresh';
}
