import type { StreamEvent } from '../../lib/api/types.ts';
import { StoreError } from '../../lib/errors.ts';
import type { CollectorEvent } from '../../lib/events/events.ts';
import type { IngestService, OtlpRequest, OtlpSummary, RemoteWriteSummary } from '../../lib/http/services.ts';
import type { Precision, ReadSummary } from '../../lib/line-protocol/point.ts';
import { OtlpIntake } from '../../lib/otlp/intake.ts';
import type { FabricState } from '../../lib/queries/fabric-state.ts';
import type { TargetBoard } from '../../lib/queries/target-board.ts';
import type { SampleBlock } from '../../lib/store/block.ts';
import type { DocumentStore, SampleStore } from '../../lib/store/types.ts';
import { joinPlacement } from '../../lib/topology/join-placement.ts';
import type { JobPlacement } from '../../lib/topology/types.ts';
import type { CollectiveRecord } from '../../lib/training/collective.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import type { LiveAnalysis } from '../live-analysis.ts';
import type { MonitorMetrics } from '../metrics.ts';
import type { LineIngest } from './line-ingest.ts';
import type { PushedScrapes } from './pushed-scrapes.ts';

/** Rows on their way to the store; beyond that writers are told to come back. */
const MAX_WAITING_ROWS = 2_000_000;

export interface IngestParts {
  lines: LineIngest;
  scrapes: PushedScrapes;
  samples: SampleStore;
  documents: DocumentStore;
  live: LiveAnalysis;
  fabric: FabricState;
  targets: TargetBoard;
  metrics: MonitorMetrics;
  publish(event: StreamEvent): void;
  nowMs(): number;
  /** The newest step judged of a job. */
  lastStepOf(job: string): number | null;
}

/** Takes pushed data: first it is durable, then the analysis sees it, then the sender is told. */
export class MonitorIngest implements IngestService {
  #waitingRows = 0;

  readonly #otlp: OtlpIntake;

  constructor(private readonly parts: IngestParts) {
    this.#otlp = new OtlpIntake(parts.nowMs(), (job) => parts.lastStepOf(job));
  }

  async lines(body: Buffer, precision: Precision): Promise<ReadSummary> {
    const { lines, metrics, live } = this.parts;
    this.#checkRoom();
    const parsed = lines.parse(body, precision);
    const { block, steps, summary } = parsed;
    metrics.bytes.inc(body.length);
    metrics.points.inc({ result: 'refused' }, summary.refused);
    if (block.length > 0) {
      await this.#write(block);
      lines.stored(parsed);
      live.addBlock(block);
    }
    if (steps.length > 0) await this.steps(steps);
    metrics.points.inc({ result: 'accepted' }, summary.accepted);
    return summary;
  }

  async remoteWrite(body: Buffer): Promise<RemoteWriteSummary> {
    const { scrapes, lines, metrics, live } = this.parts;
    this.#checkRoom();
    const { block, made, reading } = scrapes.take(body);
    metrics.bytes.inc(body.length);
    metrics.points.inc({ result: 'refused' }, reading.refused);
    lines.leaveAside(reading.unknown);
    if (block.length > 0) {
      await this.#write(block);
      scrapes.stored(made);
      live.addBlock(block);
    }
    const collectives = reading.readings.flatMap((round) => round.collectives);
    if (collectives.length > 0) await this.collectives(collectives);
    metrics.points.inc({ result: 'accepted' }, reading.accepted);
    return reading;
  }

  /** @throws StoreError where writers have to wait */
  #checkRoom(): void {
    if (this.#waitingRows > MAX_WAITING_ROWS) {
      throw new StoreError('unavailable', 'the store is behind; come back in a second', { retryable: true });
    }
  }

  async #write(block: SampleBlock): Promise<void> {
    const { samples, metrics } = this.parts;
    this.#waitingRows += block.length;
    const done = metrics.writeSeconds.startTimer();
    try {
      if (samples.writeBlock) await samples.writeBlock(block);
      else await samples.write(block.toSamples());
      metrics.rows.inc(block.length);
    } finally {
      done();
      this.#waitingRows -= block.length;
    }
  }

  async events(events: readonly CollectorEvent[]): Promise<void> {
    const { documents, live, fabric, targets, metrics, publish } = this.parts;
    const episodes = events.flatMap((event) => (event.type === 'episode' ? [event.episode] : []));
    const jobs = events.flatMap((event) => (event.type === 'job' ? [event.placement] : []));
    let links = false;
    for (const event of events) {
      const health = event.type === 'target' ? targets.set(event.health) : undefined;
      if (health !== undefined) publish({ event: 'target', data: health });
      if (event.type === 'links') links = fabric.setNeighbourhood(event.device, event.devices, event.links) || links;
    }
    if (links) {
      live.topologyChanged();
      await documents.putState('fabric', JSON.stringify(fabric.snapshot()));
    }
    if (jobs.length > 0) await this.jobs(jobs);
    if (episodes.length > 0) {
      await documents.putEpisodes(episodes);
      live.addEpisodes(episodes);
    }
    metrics.events.inc(events.length);
  }

  async steps(steps: readonly StepRecord[]): Promise<void> {
    const { documents, live, metrics } = this.parts;
    await documents.putSteps(steps);
    live.addSteps(steps);
    metrics.steps.inc(steps.length);
  }

  async jobs(jobs: readonly JobPlacement[]): Promise<void> {
    const { documents, live, fabric } = this.parts;
    const known = new Map<string, JobPlacement>();
    for (const told of jobs) known.set(told.job, joinPlacement(known.get(told.job) ?? fabric.job(told.job), told));
    const joined = [...known.values()];
    await documents.putJobs(joined);
    fabric.setJobs(joined);
    live.topologyChanged();
  }

  async otlp(request: OtlpRequest): Promise<OtlpSummary> {
    const { steps, collectives, refused, reasons, stored } = this.#otlp.read(request, request.malformed);
    if (steps.length > 0) await this.steps(steps);
    if (collectives.length > 0) await this.collectives(collectives);
    stored();
    this.parts.lines.leaveAside(request.unknown);
    return { refused, reasons };
  }

  async collectives(records: readonly CollectiveRecord[]): Promise<void> {
    const { documents, metrics, nowMs } = this.parts;
    const timed = records.map((record) =>
      record.endUs === undefined && record.timestampMs === undefined ? { ...record, timestampMs: nowMs() } : record,
    );
    await documents.putCollectives(timed);
    metrics.collectives.inc(records.length);
  }
}
