import type {
  Delivery,
  IntakeView,
  JobDetail,
  OverviewView,
  Page,
  PortDetail,
  PortPage,
  RankMap,
  SeriesAnswer,
  StepExplanation,
  Strip,
  TopologyView,
} from '../api/types.ts';
import type { Episode } from '../detectors/episode.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { TargetHealth } from '../events/events.ts';
import type { SampleField } from '../samples/fields.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import type { JobSummary, StepVerdict } from '../training/step.ts';
import type { PortListQuery } from './port-list.ts';

/** Paging of every list. */
export interface PageQuery {
  limit?: number;
  cursor?: string;
}

/** Times in Unix ms. */
export interface TimeQuery {
  fromMs?: number;
  toMs?: number;
}

/**
 * Everything screens and the HTTP API ask for. The monitor puts its implementation on
 * `globalThis[Symbol.for('stallscope.queries')]`, because pages live in another module graph of the same process;
 * `app/_data` is the only reader of that symbol. Absent things answer undefined, never an empty shape.
 */
export interface Queries {
  overview(): Promise<OverviewView>;
  topology(): Promise<TopologyView>;
  /** How blocked each switch was over the last quarter of an hour. */
  strip(): Promise<Strip>;
  targets(page?: PageQuery): Promise<Page<TargetHealth>>;
  /** What was not taken: configurations and pushed records. */
  intake(): Promise<IntakeView>;
  ports(query?: PortListQuery): Promise<PortPage>;
  port(device: string, port: string): Promise<PortDetail | undefined>;
  series(query: {
    device: string;
    port: string;
    priority?: number | null;
    fields: SampleField[];
    fromMs: number;
    toMs: number;
    maxPoints?: number;
  }): Promise<SeriesAnswer>;
  episodes(query?: PageQuery & TimeQuery & { device?: string; port?: string }): Promise<Page<Episode>>;
  incidents(query?: PageQuery & TimeQuery & { openOnly?: boolean; kind?: string }): Promise<Page<Incident>>;
  incident(id: string): Promise<Incident | undefined>;
  jobs(page?: PageQuery): Promise<Page<JobSummary>>;
  job(job: string): Promise<JobDetail | undefined>;
  steps(job: string, query?: PageQuery & TimeQuery & { slowOnly?: boolean }): Promise<Page<StepVerdict>>;
  /** Newest first. */
  collectives(job: string, query?: PageQuery & TimeQuery): Promise<Page<CollectiveRecord>>;
  /** How late each rank was in the newest steps, at most `steps` of them. */
  ranks(job: string, query?: { steps?: number }): Promise<RankMap>;
  explain(job: string, step: number): Promise<StepExplanation | undefined>;
  deliveries(page?: PageQuery): Promise<Page<Delivery>>;
}

export const QUERIES_SYMBOL: unique symbol = Symbol.for('stallscope.queries');
