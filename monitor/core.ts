import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertService } from '../lib/alerts/types.ts';
import type { Clock } from '../lib/clock.ts';
import { errorMessage } from '../lib/errors.ts';
import type { EventHub } from '../lib/http/event-hub.ts';
import type { Logger } from '../lib/logger.ts';
import { createAnalysis } from '../lib/pipeline/analysis.ts';
import { FabricState } from '../lib/queries/fabric-state.ts';
import { Findings } from '../lib/queries/findings.ts';
import { createQueries, portRow } from '../lib/queries/index.ts';
import { IntakeLog } from '../lib/queries/intake-log.ts';
import { LiveValues } from '../lib/queries/live-values.ts';
import { type ConfiguredTarget, TargetBoard } from '../lib/queries/target-board.ts';
import { QUERIES_SYMBOL, type Queries } from '../lib/queries/types.ts';
import { NamedWindows } from '../lib/queries/windows.ts';
import { openStores } from '../lib/store/open.ts';
import type { MonitorConfig } from './config.ts';
import { LineIngest } from './ingest/line-ingest.ts';
import { PushedScrapes } from './ingest/pushed-scrapes.ts';
import { MonitorIngest } from './ingest/service.ts';
import { LiveAnalysis } from './live-analysis.ts';
import { createMetrics, type MonitorMetrics } from './metrics.ts';
import { NeighbourCache } from './neighbour-cache.ts';
import { PortPublisher } from './port-publisher.ts';
import { PushedDetectors } from './pushed-detectors.ts';
import { recover, saveSnapshot } from './recovery.ts';
import { Ticker } from './ticker.ts';

/** How often what arrived is judged, ms: well under the fastest poll. */
const ADVANCE_EVERY_MS = 250;
/** The overview goes to listeners at most this often, ms. */
const OVERVIEW_EVERY_MS = 1000;
/** On a large fabric less often: the pause is this many times what one took. */
const OVERVIEW_SHARE = 10;
const HEARTBEAT_EVERY_MS = 15_000;
/** How often the state is written down, ms; a slow write stretches this to 20 times what it took. */
const SNAPSHOT_EVERY_MS = 5000;
const SNAPSHOT_SHARE = 20;
const EXPIRE_EVERY_MS = 10 * 60_000;

export interface CoreOptions {
  config: MonitorConfig;
  dataDir: string;
  clock: Clock;
  logger: Logger;
  hub: EventHub;
  alerts: AlertService;
  /** The store's thread has ended by itself. */
  onStoreFailure(error: Error): void;
}

/** Everything of the monitor but its HTTP server. */
export interface MonitorCore {
  queries: Queries;
  ingest: MonitorIngest;
  windows: NamedWindows;
  metrics: MonitorMetrics;
  intake: IntakeLog;
  configure(config: MonitorConfig): string;
  notReady(): string | undefined;
  start(): void;
  close(): Promise<void>;
}

/** Opens the store, continues where the last process stopped and wires data to findings. */
export async function createMonitorCore(options: CoreOptions): Promise<MonitorCore> {
  const { config, dataDir, clock, logger, hub, alerts } = options;
  mkdirSync(dataDir, { recursive: true });
  const store = await openStores(config.store, join(dataDir, 'store'), { clock, onFailure: options.onStoreFailure });
  const { samples, documents } = store;
  const { dictionary } = samples;
  const fabric = new FabricState();
  const live = new LiveValues();
  const targets = new TargetBoard();
  const findings = new Findings();
  const intake = new IntakeLog(clock);
  const analysis = createAnalysis();
  let retention = config.retention;
  const lines = new LineIngest(dictionary, clock, retention.samplesMs);
  const scrapes = new PushedScrapes(dictionary, clock, retention.samplesMs, config.pushed.remoteWrite);
  const publish = hub.publish.bind(hub);
  const neighbours = new NeighbourCache(fabric);
  const detectors = new PushedDetectors({
    isCollected: (device) => targets.collects(device),
    neighboursOf: (device) => neighbours.of(device),
    nowMs: () => clock.now(),
  });
  const liveAnalysis = new LiveAnalysis({
    detectors,
    analysis,
    dictionary,
    documents,
    fabric,
    live,
    findings,
    clock,
    logger: logger.child({ part: 'analysis' }),
    publish,
    alert: (incidents) => alerts.onIncidents(incidents),
  });
  const metrics = createMetrics({
    newestSampleMs: () => live.newestEndMs,
    nowMs: () => clock.now(),
    streamClients: () => hub.size,
    openIncidents: () => findings.open().length,
    silentTargets: () => targets.all(clock.now()).filter(({ state }) => state === 'down').length,
    repeatedRows: () => liveAnalysis.feed.repeated,
    unknownPoints: () => lines.unknown,
  });
  const queryParts = {
    clock,
    samples,
    documents,
    live,
    fabric,
    targets,
    findings,
    intake,
    deliveries: () => alerts.deliveries(),
  };
  const queries = createQueries(queryParts);
  const ingest = new MonitorIngest({
    lines,
    scrapes,
    samples,
    documents,
    live: liveAnalysis,
    fabric,
    targets,
    metrics,
    publish,
    nowMs: () => clock.now(),
    lastStepOf: (job) => findings.jobs.get(job)?.lastStep ?? null,
  });
  const ports = new PortPublisher(hub, (device, port) => portRow(queryParts, device, port));
  const stopListening = alerts.onDelivery((data) => publish({ event: 'delivery', data }));

  const configure = (next: MonitorConfig): string => {
    retention = next.retention;
    lines.retentionMs = retention.samplesMs;
    lines.setStepMappings(next.pushed.steps);
    lines.setLanzSegment(next.pushed.lanz.segmentBytes);
    scrapes.configure(retention.samplesMs, next.pushed.remoteWrite);
    fabric.configure({ devices: next.devices, links: next.links, jobs: next.jobs });
    targets.configure((next.targets ?? []).flatMap(configuredTarget));
    liveAnalysis.topologyChanged();
    alerts.setReceivers(next.receivers);
    return `${next.targets?.length ?? 0} targets, ${next.links.length} links, ${next.jobs.length} jobs`;
  };
  configure(config);

  const recovery = {
    analysis,
    live: liveAnalysis,
    samples,
    documents,
    dictionary,
    fabric,
    findings,
    targets,
    detectors,
    nowMs: () => clock.now(),
    logger: logger.child({ part: 'recovery' }),
  };
  await recover(recovery);
  Object.assign(globalThis, { [QUERIES_SYMBOL]: queries });

  const advance = async () => {
    const done = metrics.advanceSeconds.startTimer();
    await liveAnalysis.advance();
    done();
    ports.publish();
  };
  const snapshot = async () => {
    const done = metrics.snapshotSeconds.startTimer();
    await liveAnalysis.whenQuiet(() => saveSnapshot(recovery));
    done();
  };
  const expire = async () => {
    await samples.expire?.(clock.now() - retention.samplesMs);
    await documents.expire(clock.now() - retention.documentsMs, {
      beforeMs: clock.now() - retention.collectivesMs,
      mostBytes: retention.collectivesBytes,
    });
  };
  let sentHeat: object | undefined;
  const overview = async () => {
    if (hub.size === 0) return;
    const view = await queries.overview();
    const { heat, ...rest } = view;
    publish({ event: 'overview', data: heat === sentHeat ? rest : view });
    sentHeat = heat;
  };
  const report = (name: string) => (error: unknown) =>
    logger.error({ task: name, reason: errorMessage(error) }, 'recurring task failed; it will run again');
  const tickers = [
    new Ticker(ADVANCE_EVERY_MS, advance, report('analysis')),
    new Ticker(OVERVIEW_EVERY_MS, overview, report('overview'), OVERVIEW_SHARE),
    new Ticker(HEARTBEAT_EVERY_MS, async () => hub.heartbeat(), report('heartbeat')),
    new Ticker(SNAPSHOT_EVERY_MS, snapshot, report('snapshot'), SNAPSHOT_SHARE),
    new Ticker(EXPIRE_EVERY_MS, expire, report('retention')),
  ];
  let closing = false;
  return {
    queries,
    ingest,
    windows: new NamedWindows(documents),
    metrics,
    intake,
    configure,
    notReady: () => (closing ? 'shutting down' : undefined),
    start: () => {
      for (const ticker of tickers) ticker.start();
    },
    close: async () => {
      closing = true;
      await Promise.all(tickers.map((ticker) => ticker.stop()));
      stopListening();
      await liveAnalysis.advance();
      await snapshot();
      const holder = globalThis as { [QUERIES_SYMBOL]?: Queries };
      if (holder[QUERIES_SYMBOL] === queries) delete holder[QUERIES_SYMBOL];
      await store.close();
    },
  };
}

/** A configured target as the sources page shows it before its collector has said a word. Training logs have no device. */
function configuredTarget(entry: { collector: string; name: string; config: unknown }): ConfiguredTarget[] {
  const { address, url, file, interval } = (entry.config ?? {}) as Partial<Record<string, unknown>>;
  const where = [address, url, file].find((text) => typeof text === 'string' && text !== '');
  return [
    {
      name: entry.name,
      collector: entry.collector,
      // What follows a "?" may be a token.
      address: String(where ?? '').replace(/\?.*/s, ''),
      intervalMs: typeof interval === 'number' ? interval : null,
    },
  ];
}
