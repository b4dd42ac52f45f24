import type { Episode } from '../detectors/episode.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { SampleField } from '../samples/fields.ts';
import type { Sample } from '../samples/sample.ts';
import type { JobPlacement } from '../topology/types.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import type { CollectiveSummary, CollectiveSummaryQuery } from '../training/collective-summary.ts';
import type { StepRecord, StepVerdict } from '../training/step.ts';
import type { SampleBlock } from './block.ts';
import type { SeriesDictionary } from './series.ts';

/** A half-open time range [startMs, endMs), Unix ms. */
export interface TimeRange {
  startMs: number;
  endMs: number;
}

/** Which series: any part left out matches everything. `priority: null` asks for whole-port rows only. */
export interface SeriesFilter {
  device?: string;
  port?: string;
  priority?: number | null;
}

/** One line of a chart; `values[i]` is null where there was no sample (a gap, not zero). */
export interface Series {
  device: string;
  port: string;
  priority: number | null;
  field: SampleField;
  timestampsMs: number[];
  values: (number | null)[];
}

export interface RangeQuery extends TimeRange {
  fields: SampleField[];
  filter: SeriesFilter;
  /** At most this many points a series; min and max of each bucket are kept. Default: no reduction. */
  maxPoints?: number;
  signal?: AbortSignal;
}

export interface TopQuery extends TimeRange {
  field: SampleField;
  filter?: SeriesFilter;
  aggregate: 'max' | 'mean';
  limit: number;
  signal?: AbortSignal;
}

export interface TopRow {
  device: string;
  port: string;
  priority: number | null;
  value: number;
}

/** What differs between adapters; the contract suite reads it and never asks an adapter's name. */
export interface StoreCapabilities {
  /** Episodes, steps, incidents with their text live here (else the monitor keeps them beside). */
  documents: boolean;
  /** A duplicate (series, interval, quality) replaces the earlier row. */
  idempotentWrites: boolean;
  retention: boolean;
}

/**
 * Where samples go and come from. One contract suite (tests/contracts/store.ts) runs on every adapter.
 * Every method rejects with StoreError (`retryable` says whether trying again can help) and honours its signal.
 */
export interface SampleStore {
  readonly capabilities: StoreCapabilities;
  /** Durable when the promise resolves (survives kill -9). NaN and infinite values are refused with a StoreError. */
  write(points: readonly Sample[]): Promise<void>;
  /** The same in columns, where the adapter takes them; the block must be filled with `dictionary`. */
  writeBlock?(block: SampleBlock): Promise<void>;
  readonly dictionary?: SeriesDictionary;
  /** Drops samples that ended before this time, where `capabilities.retention` says the adapter can. */
  expire?(beforeMs: number): Promise<void>;
  range(query: RangeQuery): Promise<Series[]>;
  /** The newest row of every matching series at or after sinceMs; rows that end together are one (see mergeRows). */
  latest(query: { filter: SeriesFilter; sinceMs: number; signal?: AbortSignal }): Promise<Sample[]>;
  top(query: TopQuery): Promise<TopRow[]>;
  /** Samples in time order, whole rows: for restart and for `record`. */
  scan(range: TimeRange, signal?: AbortSignal): AsyncIterable<Sample[]>;
  close(): Promise<void>;
}

export interface StepQuery {
  job: string;
  /** Steps with fromStep <= step < toStep. */
  fromStep?: number;
  toStep?: number;
  range?: TimeRange;
  /** Newest first, unless `oldestFirst`. */
  limit?: number;
  oldestFirst?: boolean;
}

/** What the monitor took in at or after this time, oldest first: to feed the analysis again after a restart. */
export interface ReceivedQuery {
  receivedSinceMs: number;
}

/** Low-rate documents: always the monitor's own, whatever store holds the samples. Upserts are durable when resolved. */
export interface DocumentStore {
  putEpisodes(episodes: readonly Episode[]): Promise<void>;
  episodes(query: Partial<TimeRange> & { device?: string; port?: string; limit?: number }): Promise<Episode[]>;
  episodesReceived(query: ReceivedQuery): Promise<Episode[]>;
  putIncidents(incidents: readonly Incident[]): Promise<void>;
  incidents(query: Partial<TimeRange> & { openOnly?: boolean; limit?: number }): Promise<Incident[]>;
  incident(id: string): Promise<Incident | undefined>;
  /** Raw step records as ingested; key (job, step, rank, startMs). */
  putSteps(steps: readonly StepRecord[]): Promise<void>;
  steps(query: StepQuery): Promise<StepRecord[]>;
  stepsReceived(query: ReceivedQuery): Promise<StepRecord[]>;
  putVerdicts(verdicts: readonly StepVerdict[]): Promise<void>;
  verdicts(query: StepQuery & { slowOnly?: boolean }): Promise<StepVerdict[]>;
  /** Key: collectiveKey. */
  putCollectives(records: readonly CollectiveRecord[]): Promise<void>;
  /** Those that ended in the range, newest first. */
  collectives(query: { job: string; range?: TimeRange; limit?: number }): Promise<CollectiveRecord[]>;
  /** What the collectives of a span of time tell together, of all there are. */
  collectiveSummary(query: CollectiveSummaryQuery): Promise<CollectiveSummary>;
  putJobs(jobs: readonly JobPlacement[]): Promise<void>;
  jobs(): Promise<JobPlacement[]>;
  /** Small named blobs: engine snapshots, topology. */
  putState(key: string, json: string): Promise<void>;
  state(key: string): Promise<string | undefined>;
  /** Drops what ended before this time; collectives by a rule of their own, where one is given. */
  expire(beforeMs: number, collectives?: CollectiveRetention): Promise<void>;
  close(): Promise<void>;
}

/** How long collectives are kept. */
export interface CollectiveRetention {
  beforeMs: number;
  /** The oldest hours go beyond so many bytes on disk, where the adapter keeps them on disk; the newest hour stays. */
  mostBytes?: number;
}
