import type { Clock } from '../../clock.ts';
import type { Episode } from '../../detectors/episode.ts';
import type { Incident } from '../../diagnosis/incident.ts';
import type { JobPlacement } from '../../topology/types.ts';
import type { CollectiveRecord } from '../../training/collective.ts';
import type { CollectiveSummary, CollectiveSummaryQuery } from '../../training/collective-summary.ts';
import type { StepRecord, StepVerdict } from '../../training/step.ts';
import type { StateFiles } from '../state-files.ts';
import type { CollectiveRetention, DocumentStore, ReceivedQuery, StepQuery, TimeRange } from '../types.ts';
import type { StoreWorker } from './client.ts';
import { toColumns } from './collective-columns.ts';
import type { DocumentRow } from './protocol.ts';

/** Answers of a query that names no limit. */
const DEFAULT_LIMIT = 1000;
const ALL_TIME: TimeRange = { startMs: Number.MIN_SAFE_INTEGER, endMs: Number.MAX_SAFE_INTEGER };

/**
 * Low-rate documents in `documents.duckdb`: the columns queries look at, and each document whole as JSON. Collectives come
 * by the thousand a second and are in columns of hour files.
 */
export class DuckDocumentStore implements DocumentStore {
  constructor(
    private readonly worker: StoreWorker,
    private readonly files: StateFiles,
    private readonly clock: Clock,
  ) {}

  putEpisodes(episodes: readonly Episode[]): Promise<void> {
    const received_ms = this.clock.now();
    return this.#put('episodes', episodes, (episode) => ({
      key: episode.id,
      row: {
        id: episode.id,
        device: episode.device,
        port: episode.port,
        start_ms: episode.startMs,
        end_ms: episode.endMs,
        received_ms,
      },
    }));
  }

  episodes(query: Partial<TimeRange> & { device?: string; port?: string; limit?: number }): Promise<Episode[]> {
    const where = overlapping(query);
    if (query.device !== undefined) where.add('device = ?', query.device);
    if (query.port !== undefined) where.add('port = ?', query.port);
    return this.#select('episodes', where, 'start_ms DESC', query.limit);
  }

  episodesReceived({ receivedSinceMs }: ReceivedQuery): Promise<Episode[]> {
    const where = new Where().add('received_ms >= ?', receivedSinceMs);
    return this.#select('episodes', where, 'received_ms, start_ms', Number.MAX_SAFE_INTEGER);
  }

  putIncidents(incidents: readonly Incident[]): Promise<void> {
    return this.#put('incidents', incidents, (incident) => ({
      key: incident.id,
      row: { id: incident.id, start_ms: incident.startMs, end_ms: incident.endMs },
    }));
  }

  incidents(query: Partial<TimeRange> & { openOnly?: boolean; limit?: number }): Promise<Incident[]> {
    const where = overlapping(query);
    if (query.openOnly) where.add('end_ms IS NULL');
    return this.#select('incidents', where, 'start_ms DESC', query.limit);
  }

  async incident(id: string): Promise<Incident | undefined> {
    return (await this.#select<Incident>('incidents', new Where().add('id = ?', id), 'id', 1))[0];
  }

  putSteps(steps: readonly StepRecord[]): Promise<void> {
    const received_ms = this.clock.now();
    return this.#put('steps', steps, (step) => ({
      key: JSON.stringify([step.job, step.step, step.rank ?? -1, step.startMs]),
      row: {
        job: step.job,
        step: step.step,
        rank: step.rank ?? -1,
        start_ms: step.startMs,
        end_ms: step.endMs,
        received_ms,
      },
    }));
  }

  steps(query: StepQuery): Promise<StepRecord[]> {
    return this.#select('steps', stepsOf(query), `${inTime(query)}, rank`, query.limit);
  }

  stepsReceived({ receivedSinceMs }: ReceivedQuery): Promise<StepRecord[]> {
    const where = new Where().add('received_ms >= ?', receivedSinceMs);
    return this.#select('steps', where, 'end_ms, rank', Number.MAX_SAFE_INTEGER);
  }

  putVerdicts(verdicts: readonly StepVerdict[]): Promise<void> {
    return this.#put('verdicts', verdicts, (verdict) => ({
      key: JSON.stringify([verdict.job, verdict.step, verdict.run ?? 0]),
      row: {
        job: verdict.job,
        step: verdict.step,
        run: verdict.run ?? 0,
        start_ms: verdict.startMs,
        end_ms: verdict.endMs,
        slow: verdict.slow ? 1 : 0,
      },
    }));
  }

  verdicts(query: StepQuery & { slowOnly?: boolean }): Promise<StepVerdict[]> {
    const where = stepsOf(query);
    if (query.slowOnly) where.add('slow = 1');
    return this.#select('verdicts', where, inTime(query), query.limit);
  }

  putCollectives(records: readonly CollectiveRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const nowMs = this.clock.now();
    const batch = toColumns(records, nowMs);
    const transfer = [...batch.texts, ...batch.numbers, batch.endMs].map(({ buffer }) => buffer as ArrayBuffer);
    return this.worker.ask({ op: 'put-collectives', batch, nowMs }, { transfer });
  }

  collectives(query: { job: string; range?: TimeRange; limit?: number }): Promise<CollectiveRecord[]> {
    const { job, range = ALL_TIME, limit = DEFAULT_LIMIT } = query;
    return this.worker.ask({ op: 'collectives', query: { job, ...range, limit } });
  }

  collectiveSummary(query: CollectiveSummaryQuery): Promise<CollectiveSummary> {
    return this.worker.ask({ op: 'collective-summary', query });
  }

  putJobs(jobs: readonly JobPlacement[]): Promise<void> {
    return this.#put('jobs', jobs, (job) => ({ key: job.job, row: { job: job.job } }));
  }

  jobs(): Promise<JobPlacement[]> {
    return this.#select('jobs', new Where(), 'job', Number.MAX_SAFE_INTEGER);
  }

  putState(key: string, json: string): Promise<void> {
    return this.files.put(key, json);
  }

  state(key: string): Promise<string | undefined> {
    return this.files.get(key);
  }

  async expire(beforeMs: number, collectives: CollectiveRetention = { beforeMs }): Promise<void> {
    for (const table of ['episodes', 'incidents', 'steps', 'verdicts']) {
      await this.worker.ask({ op: 'run', sql: `DELETE FROM documents.${table} WHERE end_ms < ?`, values: [beforeMs] });
    }
    const { mostBytes = Number.MAX_SAFE_INTEGER } = collectives;
    await this.worker.ask({ op: 'expire-collectives', beforeMs: collectives.beforeMs, mostBytes });
  }

  async close(): Promise<void> {
    await this.worker.close();
  }

  async #put<T>(table: string, documents: readonly T[], of: (document: T) => { key: string; row: DocumentRow }) {
    // One statement cannot replace a key twice: of two versions in a batch the later counts.
    const rows = new Map<string, DocumentRow>();
    for (const document of documents) {
      const { key, row } = of(document);
      rows.set(key, { ...row, doc: JSON.stringify(document) });
    }
    if (rows.size > 0) await this.worker.ask({ op: 'put', table, rows: [...rows.values()] });
  }

  async #select<T>(table: string, where: Where, order: string, limit = DEFAULT_LIMIT): Promise<T[]> {
    const sql = `SELECT doc FROM documents.${table} WHERE ${where.sql} ORDER BY ${order} LIMIT ${Math.floor(limit)}`;
    const rows = await this.worker.ask<DocumentRow[]>({ op: 'select', sql, values: where.values });
    return rows.map((row) => JSON.parse(String(row.doc)) as T);
  }
}

/** Conditions with their values beside them: text from outside never becomes SQL. */
class Where {
  readonly values: (string | number | null)[] = [];
  #terms = ['true'];

  add(term: string, ...values: (string | number | null)[]): this {
    this.#terms.push(term);
    this.values.push(...values);
    return this;
  }

  get sql(): string {
    return this.#terms.join(' AND ');
  }
}

/** What was going on in a time range: began before its end and did not end before its start. */
function overlapping(range: Partial<TimeRange>): Where {
  const where = new Where();
  if (range.endMs !== undefined) where.add('start_ms < ?', range.endMs);
  if (range.startMs !== undefined) where.add('(end_ms IS NULL OR end_ms >= ?)', range.startMs);
  return where;
}

function stepsOf(query: StepQuery): Where {
  const where = new Where().add('job = ?', query.job);
  if (query.fromStep !== undefined) where.add('step >= ?', query.fromStep);
  if (query.toStep !== undefined) where.add('step < ?', query.toStep);
  if (query.range) where.add('start_ms < ?', query.range.endMs).add('end_ms >= ?', query.range.startMs);
  return where;
}

/** By time, as a restarted job counts from a smaller step again. */
function inTime({ oldestFirst }: StepQuery): string {
  return oldestFirst ? 'start_ms, step' : 'start_ms DESC, step DESC';
}
