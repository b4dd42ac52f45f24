import type { OverviewView } from '../api/types.ts';
import type { LiveValues } from './live-values.ts';
import type { TargetBoard } from './target-board.ts';

type Coverage = OverviewView['coverage'];

/** A device is no longer seen after this long, or after three of its own intervals, whichever is longer, ms. */
const UNSEEN_AFTER_MS = 10_000;
const UNSEEN_INTERVALS = 3;
const DELIVERY_MS = 2000;
/** A device without a target of ours that has pushed nothing for this long is gone, not missing, ms. */
const GONE_AFTER_MS = 3_600_000;
/** Collectors repeat the health of every target each 10 s: after this long without a word none is running, ms. */
const COLLECTORS_QUIET_MS = 15_000;

/** How much of the fabric is seen now: who answers, who is silent, and whose data no longer arrives. */
export function coverageOf(live: LiveValues, targets: TargetBoard, nowMs: number): Coverage {
  const all = targets.all(nowMs);
  const down = all.filter(({ state }) => state === 'down');
  const silent = down.map(({ target, lastSuccessMs, lastError }) => ({
    target,
    silentMs: lastSuccessMs === null ? null : Math.max(0, nowMs - lastSuccessMs),
    lastError: lastError?.message ?? null,
  }));
  const watched = new Set(all.map(({ device }) => device));
  const known = new Set(down.map(({ device }) => device));
  const stale: Coverage['stale'] = [];
  let fresh = 0;
  for (const device of live.devices()) {
    const newest = live.newestOf(device);
    if (newest === null || known.has(device)) continue;
    const silentMs = nowMs - newest.atMs;
    if (silentMs <= Math.max(UNSEEN_AFTER_MS, UNSEEN_INTERVALS * newest.intervalMs + DELIVERY_MS)) fresh++;
    else if (watched.has(device) || silentMs < GONE_AFTER_MS) stale.push({ device, silentMs });
  }
  const newestWordMs = targets.newestWordMs();
  return {
    targets: all.length,
    targetsOk: all.filter(({ state }) => state === 'ok' || state === 'degraded').length,
    silent,
    stale: stale.sort((a, b) => b.silentMs - a.silentMs || (a.device < b.device ? -1 : 1)),
    fresh,
    collectorsQuietMs:
      newestWordMs !== null && nowMs - newestWordMs > COLLECTORS_QUIET_MS ? nowMs - newestWordMs : null,
    ports: live.portCount(),
    tellingPorts: live.tellingCount(),
    newestSampleMs: live.newestEndMs,
  };
}
