import type { OverviewView } from '../../lib/api/types.ts';
import { formatSeconds } from '../../lib/format/durations.ts';
import type { LiveState } from './live-connection.ts';

export type Freshness = 'fresh' | 'partial' | 'stale' | 'none';

/** A break of the stream shorter than this is a reconnect, not a silence, ms. */
const LOST_AFTER_MS = 5000;

/** How long there has been no word from the monitor, ms; 0 while there is, or while the reader paused. */
export function lostForMs(state: LiveState, nowMs: number): number {
  if (state.kind !== 'reconnecting') return 0;
  const lostMs = nowMs - state.sinceMs;
  return lostMs < LOST_AFTER_MS ? 0 : lostMs;
}

/** How far an overview may be trusted: everything answers, some are silent, all are, or nothing was ever seen. */
export function overviewFreshness(view: Pick<OverviewView, 'coverage'>, lostMs: number): Freshness {
  const { newestSampleMs, silent, stale, fresh } = view.coverage;
  if (newestSampleMs === null) return 'none';
  if (lostMs > 0 || fresh === 0) return 'stale';
  return silent.length + stale.length > 0 ? 'partial' : 'fresh';
}

/** The verdict as it may be told now: without a word from the monitor nobody can tell, whatever it said last. */
export function currentVerdict(
  { state, sentence }: Pick<OverviewView, 'state' | 'sentence'>,
  lostMs: number,
): Pick<OverviewView, 'state' | 'sentence'> {
  if (lostMs === 0) return { state, sentence };
  const lost = formatSeconds(Math.round(lostMs / 1000));
  return {
    state: 'unknown',
    sentence: `Cannot tell: no word from the monitor for ${lost}. Check that it runs; this page connects again by itself. Last said: ${sentence}`,
  };
}
