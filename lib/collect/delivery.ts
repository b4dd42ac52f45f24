import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { CollectorEvent } from '../events/events.ts';
import type { Logger } from '../logger.ts';
import type { EncodedLines } from '../samples/encode.ts';
import { Spool } from '../spool/spool.ts';
import type { SpoolStats } from '../spool/types.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import type { StepRecord } from '../training/step.ts';
import { Poster } from './post.ts';
import { SpoolWriter, type WriterStats } from './writer.ts';

const LOG_DROPS_EVERY_MS = 30_000;
/** Shares of the spool: events and steps are small and worth more than their bytes. */
const SHARES = { samples: 0.75, events: 0.1, steps: 0.1, collectives: 0.05 } as const;

/**
 * Samples of hundreds of devices would make a request each; nobody sees them this much later. Episodes do not wait.
 */
const SAMPLES_SPACING_MS = 200;

export interface DeliveryOptions {
  directory: string;
  /** Base URL of the monitor: events and steps go below it. */
  monitorUrl: string;
  /** The whole write URL for samples, with org and bucket; `precision` is set here. */
  writeUrl: string;
  token?: string;
  maxBytes: number;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}

/** One of the ways out. */
export interface ChannelStatus {
  waiting: SpoolStats;
  writer: WriterStats;
}

export type ChannelName = keyof typeof SHARES;

/**
 * The durable ways from a collector to the monitor and the store: samples as line protocol, the rest as NDJSON.
 * Each has its own queue and its own writer, so that an unreachable store does not hold up an episode.
 */
export interface Delivery {
  samples(lines: EncodedLines): void;
  event(event: CollectorEvent): void;
  steps(records: readonly StepRecord[]): void;
  collectives(records: readonly CollectiveRecord[]): void;
  /** True where half of what a queue may hold is waiting. */
  isBehind(channel: ChannelName): boolean;
  status(): Record<ChannelName, ChannelStatus>;
  /** Sends until the signal says stop. */
  run(): Promise<void>;
  close(): void;
}

/** True for an address that never leaves the machine: compressing for it only costs. */
function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
}

/** The write URL with our precision. @throws TypeError where it is no URL */
export function samplesUrl(writeUrl: string): URL {
  const url = new URL(writeUrl);
  url.searchParams.set('precision', 'ms');
  return url;
}

/** Opens the queues below `directory` and prepares the writers; nothing is sent before `run`. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { clock, logger, signal, token } = options;
  const poster = new Poster();
  const channel = (name: ChannelName, url: URL, expectedStatus: number, contentType: string, scheme: string) => {
    let saidAtMs = Number.NEGATIVE_INFINITY;
    const spool = Spool.open({
      directory: join(options.directory, name),
      maxBytes: Math.floor(options.maxBytes * SHARES[name]),
      onDropped: (items, reason) => {
        if (clock.now() - saidAtMs < LOG_DROPS_EVERY_MS) return;
        saidAtMs = clock.now();
        logger.error(
          { channel: name, items, reason, dropped: spool?.stats().droppedItems },
          'data dropped from the spool',
        );
      },
    });
    const headers = {
      'content-type': contentType,
      ...(token === undefined ? {} : { authorization: `${scheme} ${token}` }),
    };
    const writer = new SpoolWriter({
      name,
      spool,
      poster,
      url,
      headers,
      expectedStatus,
      gzip: !isLoopback(url),
      spacingMs: name === 'samples' ? SAMPLES_SPACING_MS : 0,
      clock,
      logger,
      signal,
    });
    return { spool, writer };
  };
  const base = options.monitorUrl.endsWith('/') ? options.monitorUrl : `${options.monitorUrl}/`;
  const channels = {
    samples: channel('samples', samplesUrl(options.writeUrl), 204, 'text/plain; charset=utf-8', 'Token'),
    events: channel('events', new URL('api/v1/ingest/events', base), 202, 'application/x-ndjson', 'Bearer'),
    steps: channel('steps', new URL('api/v1/ingest/steps', base), 202, 'application/x-ndjson', 'Bearer'),
    collectives: channel(
      'collectives',
      new URL('api/v1/ingest/collectives', base),
      202,
      'application/x-ndjson',
      'Bearer',
    ),
  };
  const append = (name: ChannelName, records: readonly unknown[]) => {
    if (records.length === 0) return;
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    channels[name].spool.append(Buffer.from(text), records.length);
  };
  const status = ({ spool, writer }: (typeof channels)[ChannelName]): ChannelStatus => ({
    waiting: spool.stats(),
    writer: writer.stats,
  });
  return {
    samples: ({ bytes, lines }) => {
      if (lines > 0) channels.samples.spool.append(bytes, lines);
    },
    event: (event) => {
      channels.events.spool.append(Buffer.from(`${JSON.stringify(event)}\n`));
    },
    steps: (records) => append('steps', records),
    collectives: (records) => append('collectives', records),
    isBehind: (name) => channels[name].spool.stats().bytes > (options.maxBytes * SHARES[name]) / 2,
    status: () => ({
      samples: status(channels.samples),
      events: status(channels.events),
      steps: status(channels.steps),
      collectives: status(channels.collectives),
    }),
    run: async () => {
      await Promise.all(Object.values(channels).map(({ writer }) => writer.run()));
    },
    close: () => {
      poster.close();
      for (const { spool } of Object.values(channels)) spool.close();
    },
  };
}
