import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type ChannelName, type ChannelStatus, createDelivery, type Delivery } from '../lib/collect/delivery.ts';
import { DevicePipeline } from '../lib/collect/device-pipeline.ts';
import { withFindings } from '../lib/collect/findings.ts';
import { HealthBoard } from '../lib/collect/health-board.ts';
import { lockDirectory } from '../lib/collect/instance-lock.ts';
import { Neighbourhood, type ToldTopology } from '../lib/collect/neighbourhood.ts';
import { PipelineState } from '../lib/collect/pipeline-state.ts';
import { ownsKey, parseShard, type Shard } from '../lib/collect/shard.ts';
import type { CollectorContext, CollectSink } from '../lib/collect/types.ts';
import type { StallscopeConfig, TargetEntry } from '../lib/config/types.ts';
import { ConfigError, errorMessage, ParseError } from '../lib/errors.ts';
import type { TargetHealth } from '../lib/events/events.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import type { StepRecord } from '../lib/training/step.ts';
import { hostOnlyConfig, loadStallscopeConfig } from './config.ts';
import { PLUGINS } from './registry.ts';
import type { TrapReceiver, TrapReceiverOptions } from './snmp/traps/receiver.ts';
import { type SourceChanges, SourceSet } from './sources.ts';

const MEGABYTE = 1024 * 1024;

export interface CollectorOptions {
  config: StallscopeConfig;
  /** Which share of the targets is ours; default all. */
  shard?: Shard | undefined;
  /** Spool and state live below it, in `collector` (`collector-1-of-3` for a shard). */
  dataDir: string;
  /** Base URL of the monitor. */
  monitorUrl: string;
  /** Sent as `Token` with samples and as `Bearer` with events and steps. */
  token?: string | undefined;
  logger: Logger;
  /** Stops the collector; `done` then resolves. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

/** How the collector is doing: counts since it started. */
export interface CollectorStatus {
  collectorId: string;
  targets: TargetHealth[];
  channels: Record<ChannelName, ChannelStatus>;
}

/** A running collector. */
export interface Collector {
  status(): CollectorStatus;
  /** Takes a new configuration: targets that did not change are not disturbed. */
  reload(config: StallscopeConfig): Promise<SourceChanges>;
  /** Stops reading, keeps state and what has not been sent, and ends. */
  close(): Promise<void>;
  /** Resolves when the collector has ended. */
  done: Promise<void>;
}

/**
 * Starts a collector: sources as configured -> normaliser -> detectors -> spool -> monitor. What was read survives
 * `kill -9` in the spool; open findings survive in the state directory.
 * @throws FabricError `unavailable` where the data directory cannot be used, `conflict` where another collector uses it
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { logger } = options;
  const clock = options.clock ?? systemClock;
  const { shard } = options;
  const directory = join(
    options.dataDir,
    shard === undefined ? 'collector' : `collector-${shard.index}-of-${shard.count}`,
  );
  const unlock = lockDirectory(directory);
  const collectorId = options.config.collector.id ?? hostname();
  const stop = new AbortController();
  const delivery = createDelivery({
    directory: join(directory, 'spool'),
    monitorUrl: options.monitorUrl,
    writeUrl: defaultWriteUrl(options.monitorUrl),
    ...(options.token === undefined ? {} : { token: options.token }),
    maxBytes: options.config.collector.spoolMegabytes * MEGABYTE,
    clock,
    logger,
    signal: stop.signal,
  });
  const neighbourhood = new Neighbourhood(toldTopology(options.config));
  const state = new PipelineState(join(directory, 'state'), clock, logger);
  state.begin();
  const pipeline = new DevicePipeline({
    delivery,
    neighboursOf: (device) => neighbourhood.of(device),
    state,
    logger,
    startedMs: clock.now(),
  });
  const health = new HealthBoard((entry) => delivery.event({ type: 'target', health: entry }));
  const sources = new SourceSet(
    (entry): CollectorContext => ({
      sink: createSink({ entry, delivery, pipeline, neighbourhood, health, clock, logger }),
      clock,
      logger: logger.child({ target: entry.name }),
      collectorId,
      stateDir: join(directory, 'state'),
    }),
    logger,
    (name) => {
      health.forget(name);
      pipeline.forget(name);
      state.forget(name);
      neighbourhood.forget(name);
    },
  );
  const ours = (config: StallscopeConfig): TargetEntry[] => {
    return shard === undefined ? config.targets : config.targets.filter((entry) => ownsKey(entry.name, shard));
  };
  const sending = delivery.run();
  const started = await sources.set(ours(options.config));
  const listen = options.config.collector.traps?.listen;
  const traps = listen === undefined ? null : await startTraps({ listen, logger, clock });
  logger.info({ collector: collectorId, targets: started.started.length }, 'collector started');

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      traps?.close();
      await sources.close();
      const stoppedMs = clock.now();
      pipeline.keepAll();
      state.end(stoppedMs);
      stop.abort();
      await sending;
      delivery.close();
      unlock();
      logger.info({ collector: collectorId }, 'collector stopped');
    })();
    return closing;
  };
  const done = new Promise<void>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(closing), { once: true }),
  );
  if (options.signal?.aborted) await close();
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  return {
    status: () => ({ collectorId, targets: health.all(), channels: delivery.status() }),
    reload: async (config) => {
      if (JSON.stringify(config.collector) !== JSON.stringify(options.config.collector)) {
        logger.warn('settings under collector: take effect with the next start');
      }
      neighbourhood.tell(toldTopology(config));
      const changes = await sources.set(ours(config));
      logger.info(
        { started: changes.started, stopped: changes.stopped, kept: changes.kept.length },
        'configuration reloaded',
      );
      return changes;
    },
    close,
    done,
  };
}

/** Loaded only where it is configured: most collectors receive no traps. */
async function startTraps(options: TrapReceiverOptions): Promise<TrapReceiver | null> {
  const receiver = await import('./snmp/traps/receiver.ts');
  return await receiver.TrapReceiver.start(options);
}

/** The monitor's own write endpoint. */
export function defaultWriteUrl(monitorUrl: string): string {
  const base = monitorUrl.endsWith('/') ? monitorUrl : `${monitorUrl}/`;
  return new URL('api/v2/write?org=stallscope&bucket=stallscope', base).href;
}

function toldTopology(config: StallscopeConfig): ToldTopology {
  return {
    links: config.links,
    devices: config.devices.map(({ device, role }) => ({ device, role, polled: false })),
  };
}

interface SinkParts {
  entry: TargetEntry;
  delivery: Delivery;
  pipeline: DevicePipeline;
  neighbourhood: Neighbourhood;
  health: HealthBoard;
  clock: Clock;
  logger: Logger;
}

function createSink({ entry, delivery, pipeline, neighbourhood, health, clock, logger }: SinkParts): CollectSink {
  return {
    readings: (frame) => {
      pipeline.advance(frame);
    },
    samples: (frames) => pipeline.add(frames),
    links: (device, devices, links) => {
      if (neighbourhood.see(device, devices, links)) delivery.event({ type: 'links', device, devices, links });
    },
    steps: (records) => {
      delivery.steps(records.filter((record) => isPossible(record, entry.name, logger)));
    },
    collectives: (records) => delivery.collectives(records),
    isBehind: (channel) => delivery.isBehind(channel),
    jobs: (placements) => {
      for (const placement of placements) delivery.event({ type: 'job', placement });
    },
    health: (report) => {
      health.set(withFindings(report, pipeline), clock.now());
    },
  };
}

function isPossible(record: StepRecord, target: string, logger: Logger): boolean {
  if (record.endMs > record.startMs) return true;
  logger.warn({ target, job: record.job, step: record.step }, 'step refused: it ends before it starts');
  return false;
}

/**
 * A collector as its own process: `tsx collectors/main.ts [--config F] [--shard i/n]`. SIGTERM and SIGINT end it,
 * SIGHUP reads the configuration again; a bad file changes nothing and says why.
 */
async function runProcess(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { config: { type: 'string' }, shard: { type: 'string' } } });
  const logger = createLogger('collector');
  const load = () =>
    values.config === undefined ? hostOnlyConfig(hostname(), PLUGINS) : loadStallscopeConfig(values.config, PLUGINS);
  const config = load();
  const collector = await startCollector({
    config,
    shard: values.shard === undefined ? undefined : parseShard(values.shard),
    dataDir: process.env.STALLSCOPE_DATA ?? './data',
    monitorUrl: config.collector.monitorUrl ?? `http://127.0.0.1:${process.env.PORT ?? 3000}`,
    token: config.collector.token,
    logger,
  });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void collector.close());
  process.on('SIGHUP', () => {
    try {
      void collector.reload(load());
    } catch (error) {
      logger.error({ reason: errorMessage(error) }, 'configuration not reloaded');
    }
  });
  await collector.done;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  runProcess(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${errorMessage(error)}\n`);
    process.exitCode = error instanceof ConfigError || error instanceof ParseError ? 2 : 1;
  });
}
