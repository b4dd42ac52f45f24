import { errorMessage, StoreError } from '../lib/errors.ts';
import type { TargetHealth } from '../lib/events/events.ts';
import type { Logger } from '../lib/logger.ts';
import type { Analysis } from '../lib/pipeline/types.ts';
import type { FabricState } from '../lib/queries/fabric-state.ts';
import type { Findings } from '../lib/queries/findings.ts';
import type { TargetBoard } from '../lib/queries/target-board.ts';
import { blockFromSamples } from '../lib/store/block.ts';
import type { SeriesDictionary } from '../lib/store/series.ts';
import type { DocumentStore, SampleStore } from '../lib/store/types.ts';
import type { JobSummary } from '../lib/training/step.ts';
import { type FedSeries, FrameFeed } from './ingest/frames.ts';
import type { LiveAnalysis } from './live-analysis.ts';
import type { PushedDetectors } from './pushed-detectors.ts';

/** Samples further back than this are not fed again: an incident of yesterday is over, ms. */
const MAX_REPLAY_MS = 3_600_000;
/** Ports silent for longer than this are not shown until they speak again, ms. */
const LATEST_MS = 15 * 60_000;
/** What may have been stored shortly before the snapshot yet fed after it, ms. */
const OVERLAP_MS = 10_000;
/** One step of feeding again: the analysis judges after each, as it does live, ms. */
const REPLAY_STEP_MS = 1000;

interface MonitorSnapshot {
  version: 1;
  takenMs: number;
  newestMs: number | null;
  analysis: unknown;
  fed: FedSeries[];
  jobs: JobSummary[];
  targets: TargetHealth[];
  detectors: unknown;
}

export interface RecoveryParts {
  analysis: Analysis;
  live: LiveAnalysis;
  samples: SampleStore;
  documents: DocumentStore;
  dictionary: SeriesDictionary;
  fabric: FabricState;
  findings: Findings;
  targets: TargetBoard;
  detectors: PushedDetectors;
  nowMs: () => number;
  logger: Logger;
}

/** Writes down where the analysis stands. Call while nothing is being fed. */
export async function saveSnapshot(parts: RecoveryParts): Promise<void> {
  const { analysis, live, findings, targets, documents, fabric, nowMs } = parts;
  const snapshot: MonitorSnapshot = {
    version: 1,
    takenMs: nowMs(),
    newestMs: live.time.newestMs,
    analysis: analysis.snapshot(),
    fed: live.feed.snapshot(),
    jobs: [...findings.jobs.values()],
    targets: targets.snapshot(),
    detectors: parts.detectors.snapshot(),
  };
  const text = JSON.stringify(snapshot);
  await documents.putState('monitor', text);
  await documents.putState('fabric', JSON.stringify(fabric.snapshot()));
}

/**
 * Continues where the last process stopped, however it stopped: restores the snapshot, then feeds again what was stored
 * since, second by second, so that an incident in progress goes on under its own id.
 */
export async function recover(parts: RecoveryParts): Promise<void> {
  const { documents, fabric, findings, live, logger, nowMs } = parts;
  fabric.restore(parseState(await documents.state('fabric'), 'fabric', logger));
  fabric.setJobs(await documents.jobs());
  findings.setIncidents(await documents.incidents({ startMs: nowMs() - MAX_REPLAY_MS }), nowMs());
  const saved = parseState(await documents.state('monitor'), 'monitor', logger) as MonitorSnapshot | undefined;
  if (saved?.version === 1) restore(parts, saved);
  for (const { job } of findings.jobs.values()) {
    findings.setVerdicts(await documents.verdicts({ job, slowOnly: true, limit: 20 }));
  }
  live.topologyChanged();
  try {
    await showLatest(parts);
    await feedAgain(parts, saved);
  } catch (error) {
    // A database of another process may be down: what comes in from now on counts all the same.
    if (!(error instanceof StoreError && error.retryable)) throw error;
    logger.error({ reason: error.message }, 'what was stored lately cannot be read; going on from the last snapshot');
  }
}

/** Newest values for screens: the analysis has seen these rows, the screens of this process have not. */
async function showLatest({ samples, dictionary, live, nowMs }: RecoveryParts): Promise<void> {
  const newest = await samples.latest({ filter: {}, sinceMs: nowMs() - LATEST_MS });
  live.show(new FrameFeed(dictionary).frames(blockFromSamples(newest, dictionary)));
}

function parseState(text: string | undefined, key: string, logger: Logger): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    logger.error({ key, reason: errorMessage(error) }, 'saved state is damaged and left aside');
    return undefined;
  }
}

function restore(
  { analysis, live, findings, targets, detectors, logger }: RecoveryParts,
  saved: MonitorSnapshot,
): void {
  try {
    analysis.restore(saved.analysis);
    live.feed.restore(saved.fed);
    detectors.restore(saved.detectors);
    if (saved.newestMs !== null) live.time.saw(saved.newestMs);
  } catch (error) {
    logger.error({ reason: errorMessage(error) }, 'saved analysis is of no use here; starting it afresh');
  }
  findings.setJobs(saved.jobs);
  for (const health of saved.targets) targets.set(health);
}

async function feedAgain(parts: RecoveryParts, saved: MonitorSnapshot | undefined): Promise<void> {
  const { samples, documents, live, dictionary, nowMs, logger } = parts;
  const sinceMs = (saved?.takenMs ?? nowMs() - MAX_REPLAY_MS) - OVERLAP_MS;
  const [episodes, steps] = await Promise.all([
    documents.episodesReceived({ receivedSinceMs: sinceMs }),
    documents.stepsReceived({ receivedSinceMs: sinceMs }),
  ]);
  const startMs = Math.max(nowMs() - MAX_REPLAY_MS, oldestNeeded(saved, sinceMs));
  let rows = 0;
  let e = 0;
  let s = 0;
  // Episodes go by their newest word's own time, steps by their end: both as close to the live order as is known.
  const feedUntil = (untilMs: number) => {
    const from = [e, s] as const;
    while (e < episodes.length && (episodes[e]?.startMs ?? 0) <= untilMs) e++;
    while (s < steps.length && (steps[s]?.endMs ?? 0) <= untilMs) s++;
    if (e > from[0]) live.addEpisodes(episodes.slice(from[0], e));
    if (s > from[1]) live.addSteps(steps.slice(from[1], s));
  };
  episodes.sort((a, b) => a.startMs - b.startMs);
  for await (const batch of samples.scan({ startMs, endMs: nowMs() + MAX_REPLAY_MS })) {
    for (let from = 0; from < batch.length; ) {
      const second = Math.floor((batch[from]?.endMs ?? 0) / REPLAY_STEP_MS);
      let to = from + 1;
      while (to < batch.length && Math.floor((batch[to]?.endMs ?? 0) / REPLAY_STEP_MS) === second) to++;
      feedUntil(second * REPLAY_STEP_MS);
      live.addBlock(blockFromSamples(batch.slice(from, to), dictionary));
      await live.advance();
      rows += to - from;
      from = to;
    }
  }
  feedUntil(Number.POSITIVE_INFINITY);
  await live.advance();
  logger.info({ rows, episodes: episodes.length, steps: steps.length }, 'continued from what was stored');
}

/** Where the scan begins: the oldest newest interval of the series that were alive, which may lag behind the snapshot. */
function oldestNeeded(saved: MonitorSnapshot | undefined, sinceMs: number): number {
  if (!saved) return sinceMs;
  const alive = saved.fed.map(([, , , endMs]) => endMs).filter((endMs) => endMs > sinceMs - 10 * 60_000);
  return alive.reduce((oldest, endMs) => Math.min(oldest, endMs), sinceMs);
}
