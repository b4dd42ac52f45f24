import { type Clock, systemClock } from '../../clock.ts';
import type { Episode } from '../../detectors/episode.ts';
import type { Incident } from '../../diagnosis/incident.ts';
import type { JobPlacement } from '../../topology/types.ts';
import { type CollectiveRecord, collectiveEndMs, collectiveKey } from '../../training/collective.ts';
import {
  type CollectiveSummary,
  type CollectiveSummaryQuery,
  summarizeCollectives,
} from '../../training/collective-summary.ts';
import type { StepRecord, StepVerdict } from '../../training/step.ts';
import type { CollectiveRetention, DocumentStore, ReceivedQuery, StepQuery, TimeRange } from '../types.ts';

interface Received<T> {
  receivedMs: number;
  document: T;
}

/** Documents in this process's memory: the reference, and the store of tests. */
export class MemoryDocumentStore implements DocumentStore {
  readonly #episodes = new Map<string, Received<Episode>>();
  readonly #incidents = new Map<string, Incident>();
  readonly #steps = new Map<string, Received<StepRecord>>();
  readonly #verdicts = new Map<string, StepVerdict>();
  readonly #collectives = new Map<string, Received<CollectiveRecord>>();
  readonly #jobs = new Map<string, JobPlacement>();
  readonly #state = new Map<string, string>();

  constructor(private readonly clock: Clock = systemClock) {}

  async putEpisodes(episodes: readonly Episode[]): Promise<void> {
    for (const document of episodes) this.#episodes.set(document.id, { receivedMs: this.clock.now(), document });
  }

  async episodes(query: Partial<TimeRange> & { device?: string; port?: string; limit?: number }): Promise<Episode[]> {
    return [...this.#episodes.values()]
      .map(({ document }) => document)
      .filter((episode) => query.device === undefined || episode.device === query.device)
      .filter((episode) => query.port === undefined || episode.port === query.port)
      .filter((episode) => overlaps(episode, query))
      .sort((a, b) => b.startMs - a.startMs)
      .slice(0, query.limit);
  }

  async episodesReceived({ receivedSinceMs }: ReceivedQuery): Promise<Episode[]> {
    return received(this.#episodes, receivedSinceMs);
  }

  async putIncidents(incidents: readonly Incident[]): Promise<void> {
    for (const incident of incidents) this.#incidents.set(incident.id, incident);
  }

  async incidents(query: Partial<TimeRange> & { openOnly?: boolean; limit?: number }): Promise<Incident[]> {
    return [...this.#incidents.values()]
      .filter((incident) => overlaps(incident, query) && !(query.openOnly && incident.endMs !== null))
      .sort((a, b) => b.startMs - a.startMs)
      .slice(0, query.limit);
  }

  async incident(id: string): Promise<Incident | undefined> {
    return this.#incidents.get(id);
  }

  async putSteps(steps: readonly StepRecord[]): Promise<void> {
    for (const document of steps) {
      const key = JSON.stringify([document.job, document.step, document.rank ?? -1, document.startMs]);
      this.#steps.set(key, { receivedMs: this.clock.now(), document });
    }
  }

  async steps(query: StepQuery): Promise<StepRecord[]> {
    return [...this.#steps.values()]
      .map(({ document }) => document)
      .filter((step) => asked(step, query))
      .sort((a, b) => order(query) * inTime(a, b) || (a.rank ?? -1) - (b.rank ?? -1))
      .slice(0, query.limit);
  }

  async stepsReceived({ receivedSinceMs }: ReceivedQuery): Promise<StepRecord[]> {
    return received(this.#steps, receivedSinceMs);
  }

  async putVerdicts(verdicts: readonly StepVerdict[]): Promise<void> {
    for (const verdict of verdicts) {
      this.#verdicts.set(JSON.stringify([verdict.job, verdict.step, verdict.run ?? 0]), verdict);
    }
  }

  async verdicts(query: StepQuery & { slowOnly?: boolean }): Promise<StepVerdict[]> {
    return [...this.#verdicts.values()]
      .filter((verdict) => asked(verdict, query) && (verdict.slow || !query.slowOnly))
      .sort((a, b) => order(query) * inTime(a, b))
      .slice(0, query.limit);
  }

  async putCollectives(records: readonly CollectiveRecord[]): Promise<void> {
    const nowMs = this.clock.now();
    for (const document of records) {
      const endMs = collectiveEndMs(document, nowMs);
      const key = JSON.stringify([document.job, collectiveKey(document, endMs)]);
      this.#collectives.set(key, { receivedMs: endMs, document });
    }
  }

  async collectives(query: { job: string; range?: TimeRange; limit?: number }): Promise<CollectiveRecord[]> {
    return [...this.#collectives.values()]
      .filter(({ document }) => document.job === query.job)
      .filter(({ receivedMs }) => !query.range || inRange(receivedMs, query.range))
      .sort(
        (a, b) =>
          b.receivedMs - a.receivedMs ||
          (b.document.collectiveSeq ?? 0) - (a.document.collectiveSeq ?? 0) ||
          (a.document.rank ?? -1) - (b.document.rank ?? -1),
      )
      .map(({ document }) => document)
      .slice(0, query.limit);
  }

  async collectiveSummary({ job, range, most }: CollectiveSummaryQuery): Promise<CollectiveSummary> {
    return summarizeCollectives(await this.collectives({ job, range }), { range, most });
  }

  async putJobs(jobs: readonly JobPlacement[]): Promise<void> {
    for (const job of jobs) this.#jobs.set(job.job, job);
  }

  async jobs(): Promise<JobPlacement[]> {
    return [...this.#jobs.values()].sort((a, b) => (a.job < b.job ? -1 : 1));
  }

  async putState(key: string, json: string): Promise<void> {
    this.#state.set(key, json);
  }

  async state(key: string): Promise<string | undefined> {
    return this.#state.get(key);
  }

  async expire(beforeMs: number, collectives: CollectiveRetention = { beforeMs }): Promise<void> {
    dropOld(this.#episodes, ({ document }) => document.endMs, beforeMs);
    dropOld(this.#incidents, ({ endMs }) => endMs, beforeMs);
    dropOld(this.#steps, ({ document }) => document.endMs, beforeMs);
    dropOld(this.#collectives, ({ receivedMs }) => receivedMs, collectives.beforeMs);
    dropOld(this.#verdicts, ({ endMs }) => endMs, beforeMs);
  }

  async close(): Promise<void> {}
}

function order(query: StepQuery): 1 | -1 {
  return query.oldestFirst ? 1 : -1;
}

/** By time, as a restarted job counts from a smaller step again. */
function inTime(a: { startMs: number; step: number }, b: { startMs: number; step: number }): number {
  return a.startMs - b.startMs || a.step - b.step;
}

function inRange(ms: number, { startMs, endMs }: TimeRange): boolean {
  return ms >= startMs && ms < endMs;
}

function overlaps(item: { startMs: number; endMs: number | null }, range: Partial<TimeRange>): boolean {
  if (range.endMs !== undefined && item.startMs >= range.endMs) return false;
  return range.startMs === undefined || item.endMs === null || item.endMs >= range.startMs;
}

function asked(item: { job: string; step: number; startMs: number; endMs: number }, query: StepQuery): boolean {
  if (item.job !== query.job) return false;
  if (query.fromStep !== undefined && item.step < query.fromStep) return false;
  if (query.toStep !== undefined && item.step >= query.toStep) return false;
  return query.range === undefined || overlaps(item, query.range);
}

function received<T extends { startMs: number }>(items: Map<string, Received<T>>, sinceMs: number): T[] {
  return [...items.values()]
    .filter(({ receivedMs }) => receivedMs >= sinceMs)
    .sort((a, b) => a.receivedMs - b.receivedMs || a.document.startMs - b.document.startMs)
    .map(({ document }) => document);
}

function dropOld<T>(items: Map<string, T>, endOf: (item: T) => number | null, beforeMs: number): void {
  for (const [key, item] of items) {
    const endMs = endOf(item);
    if (endMs !== null && endMs < beforeMs) items.delete(key);
  }
}
