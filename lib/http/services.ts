import type { Delivery } from '../api/types.ts';
import type { Clock } from '../clock.ts';
import type { CollectorEvent } from '../events/events.ts';
import type { Precision, ReadSummary } from '../line-protocol/point.ts';
import type { MetricsRequest } from '../otlp/metric-point.ts';
import type { IntakeLog } from '../queries/intake-log.ts';
import type { Queries } from '../queries/types.ts';
import type { NamedWindows } from '../queries/windows.ts';
import type { RemoteWriteReading } from '../remote-write/intake.ts';
import type { JobPlacement } from '../topology/types.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import type { StepRecord } from '../training/step.ts';
import type { EventHub } from './event-hub.ts';

/** Metrics of one OTLP request, and what is wrong with points that could not be read. */
export interface OtlpRequest extends MetricsRequest {
  malformed: readonly string[];
}

/** Points of known metrics that were not taken, and the first reasons. */
export interface OtlpSummary {
  refused: number;
  reasons: readonly string[];
}

/** What became of the samples of one remote write. */
export type RemoteWriteSummary = Pick<RemoteWriteReading, 'accepted' | 'refused' | 'reasons'>;

/** Where pushed data goes: each resolves when it is durable. */
export interface IngestService {
  lines(body: Buffer, precision: Precision): Promise<ReadSummary>;
  events(events: readonly CollectorEvent[]): Promise<void>;
  steps(steps: readonly StepRecord[]): Promise<void>;
  jobs(jobs: readonly JobPlacement[]): Promise<void>;
  collectives(records: readonly CollectiveRecord[]): Promise<void>;
  otlp(request: OtlpRequest): Promise<OtlpSummary>;
  /** @param body a WriteRequest of Prometheus remote write, unpacked; rejects with ParseError where it is none */
  remoteWrite(body: Buffer): Promise<RemoteWriteSummary>;
}

/** What the handlers call; the monitor gives the real ones, tests give theirs. */
export interface HttpServices {
  clock: Clock;
  queries: Queries;
  ingest: IngestService;
  windows: NamedWindows;
  hub: EventHub;
  /** Where refused records are written down. */
  intake: Pick<IntakeLog, 'refused'>;
  sendTest(receiver: string): Promise<Delivery>;
  /** Reads the configuration again. Resolves to what changed, in words. */
  reload(): Promise<string>;
  /** Our own metrics in Prometheus text. */
  metrics(): Promise<{ contentType: string; text: string }>;
  /** undefined when ready, else why not. */
  notReady(): string | undefined;
  version: string;
}
