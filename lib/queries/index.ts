import type { Delivery, JobDetail, OverviewView, PortDetail, PortPage, PortRow, RankMap, Strip } from '../api/types.ts';
import type { Clock } from '../clock.ts';
import type { Incident } from '../diagnosis/incident.ts';
import { SAMPLE_FIELDS } from '../samples/fields.ts';
import type { DocumentStore, SampleStore, TimeRange } from '../store/types.ts';
import type { JobSummary } from '../training/step.ts';
import { FIELD_INFO } from '../units/fields.ts';
import { collectivesPage } from './collectives.ts';
import { coverageOf } from './coverage.ts';
import { stepExplanation } from './explain.ts';
import type { FabricState } from './fabric-state.ts';
import type { Findings } from './findings.ts';
import { FabricGlance } from './heat.ts';
import type { IntakeLog } from './intake-log.ts';
import { isStale, type LiveValues } from './live-values.ts';
import { decodeCursor, encodeCursor, pageByKey, pageByTime, pageSize } from './paging.ts';
import { PortList, type PortListQuery } from './port-list.ts';
import { rankMap } from './rank-map.ts';
import { verdictSentence } from './sentence.ts';
import { blockedStrip } from './strip.ts';
import type { TargetBoard } from './target-board.ts';
import type { PageQuery, Queries, TimeQuery } from './types.ts';

export interface QueriesDeps {
  clock: Clock;
  samples: SampleStore;
  documents: DocumentStore;
  live: LiveValues;
  fabric: FabricState;
  targets: TargetBoard;
  findings: Findings;
  intake: IntakeLog;
  deliveries(): readonly Delivery[];
}

/** Ports in the overview's list. */
const TOP_PORTS = 10;
const MAX_OVERVIEW_INCIDENTS = 50;
/** How far back incidents of a port or a job are looked for, ms. */
const INCIDENT_WINDOW_MS = 24 * 3_600_000;
const MAX_INCIDENTS = 200;

/** Steps of a rank map; fewer where ranks are many, so that one map reads no more records than this. */
const DEFAULT_MAP_STEPS = 120;
const LEAST_MAP_STEPS = 10;
const MAX_MAP_RECORDS = 20_000;

/** Joined answers for screens and API from what is at hand and, for the past, from the store. */
export function createQueries(deps: QueriesDeps): Queries {
  return new MonitorQueries(deps);
}

/** Newest numbers of one port, with its peer and the jobs that cross it. */
export function portRow(deps: QueriesDeps, device: string, port: string): PortRow {
  const { clock, live, fabric } = deps;
  const values = live.port(device, port);
  return {
    device,
    port,
    atMs: values?.atMs ?? null,
    intervalMs: values?.intervalMs ?? null,
    stale: !values || isStale(values.atMs, values.intervalMs, clock.now()),
    peer: fabric.map().peerOf(device, port) ?? null,
    jobs: fabric.jobsOf(device, port),
    latest: values?.whole ?? {},
    bounded: values?.bounded ?? [],
  };
}

class MonitorQueries implements Queries {
  readonly #glance: FabricGlance;
  readonly #portList: PortList;

  constructor(private readonly deps: QueriesDeps) {
    this.#portList = new PortList(deps.live, deps.fabric);
    this.#glance = new FabricGlance(deps.fabric, deps.live, TOP_PORTS);
  }

  async overview(): Promise<OverviewView> {
    const { clock, live, findings, targets } = this.deps;
    const nowMs = clock.now();
    const open = findings.open();
    const coverage = coverageOf(live, targets, nowMs);
    const { heat, topPorts } = this.#glance.at(nowMs);
    const counts = { info: 0, warning: 0, critical: 0 };
    for (const { severity } of open) counts[severity]++;
    return {
      atMs: nowMs,
      ...verdictSentence({ nowMs, open, coverage, topPort: topPorts[0] }),
      counts,
      incidents: findings.incidents().slice(0, MAX_OVERVIEW_INCIDENTS),
      jobs: this.#summaries(),
      slowSteps: findings.slowSteps(),
      heat,
      topPorts,
      coverage,
    };
  }

  async strip(): Promise<Strip> {
    return blockedStrip(this.deps.live, this.deps.fabric, this.deps.clock.now());
  }

  async intake() {
    return this.deps.intake.view();
  }

  async topology() {
    const { fabric } = this.deps;
    const map = fabric.map();
    const devices = fabric.devices().map((info) => ({ ...info, role: map.roleOf(info.device) }));
    return { devices, links: fabric.links(), jobs: fabric.jobs() };
  }

  async targets(page: PageQuery = {}) {
    return pageByKey(this.deps.targets.all(this.deps.clock.now()), ({ target }) => target, page);
  }

  async ports(query: PortListQuery = {}): Promise<PortPage> {
    const page = this.#portList.page(query, this.deps.clock.now());
    return { ...page, items: page.items.map(({ device, port }) => portRow(this.deps, device, port)) };
  }

  async port(device: string, port: string): Promise<PortDetail | undefined> {
    const { clock, live, fabric, targets } = this.deps;
    const nowMs = clock.now();
    const values = live.port(device, port);
    const map = fabric.map();
    if (!values && map.peerOf(device, port) === undefined) return undefined;
    const touches = (incident: Incident) =>
      [{ device: incident.rootDevice, port: incident.rootPort }, ...incident.victims, ...incident.senders].some(
        (ref) => ref.device === device && ref.port === port,
      );
    const given = new Set([
      ...Object.keys(values?.whole ?? {}),
      ...(values?.priorities ?? []).flatMap(({ latest }) => Object.keys(latest)),
    ]);
    return {
      ...portRow(this.deps, device, port),
      role: map.roleOf(device),
      priorities: values?.priorities ?? [],
      incidents: (await this.#recentIncidents(nowMs)).filter(touches),
      target: targets.ofDevice(device, nowMs) ?? null,
      fields: SAMPLE_FIELDS.filter((field) => given.has(field)),
      missingFields: SAMPLE_FIELDS.filter((field) => !given.has(field)),
    };
  }

  #recentIncidents(nowMs: number): Promise<Incident[]> {
    return this.deps.documents.incidents({ startMs: nowMs - INCIDENT_WINDOW_MS, limit: MAX_INCIDENTS });
  }

  async series(query: Parameters<Queries['series']>[0]) {
    const { device, port, priority, fields, fromMs, toMs, maxPoints } = query;
    const found = await this.deps.samples.range({
      // The end belongs to the asker: a sample that ends exactly at "to" is part of the answer.
      startMs: fromMs,
      endMs: toMs + 1,
      fields: [...fields],
      filter: { device, port, ...(priority === undefined ? {} : { priority }) },
      ...(maxPoints === undefined ? {} : { maxPoints }),
    });
    return {
      fromMs,
      toMs,
      series: found.map((series) => ({
        labels: {
          device: series.device,
          port: series.port,
          ...(series.priority === null ? {} : { priority: series.priority }),
          field: series.field,
        },
        unit: FIELD_INFO[series.field].unit,
        timestampsMs: series.timestampsMs,
        values: series.values,
      })),
    };
  }

  episodes(query: PageQuery & TimeQuery & { device?: string; port?: string } = {}) {
    const { device, port, fromMs } = query;
    return pageByTime(query, ({ beforeMs, limit }) =>
      this.deps.documents.episodes({
        ...range(fromMs, beforeMs),
        ...(device === undefined ? {} : { device }),
        ...(port === undefined ? {} : { port }),
        limit,
      }),
    );
  }

  incidents(query: PageQuery & TimeQuery & { openOnly?: boolean; kind?: string } = {}) {
    const { kind, openOnly = false, fromMs } = query;
    return pageByTime(query, async ({ beforeMs, limit }) => {
      const read = (most: number) =>
        this.deps.documents.incidents({ ...range(fromMs, beforeMs), openOnly, limit: most });
      if (kind === undefined) return read(limit);
      // The store does not know kinds: read on until enough of this kind are there.
      for (let most = limit * 4; ; most *= 4) {
        const found = await read(most);
        const wanted = found.filter((incident) => incident.kind === kind);
        if (wanted.length >= limit || found.length < most) return wanted.slice(0, limit);
      }
    });
  }

  incident(id: string) {
    return this.deps.documents.incident(id);
  }

  #summaries(): JobSummary[] {
    const { findings, fabric, clock } = this.deps;
    const jobs = new Map(findings.jobs);
    for (const { job, gpus, ranks, endMs } of fabric.jobs()) {
      if (!jobs.has(job)) {
        const ended = endMs !== undefined && endMs < clock.now();
        jobs.set(job, {
          ...NO_STEPS,
          job,
          gpus: gpus ?? (ranks.length || null),
          state: ended ? 'finished' : 'running',
        });
      }
    }
    return [...jobs.values()].sort((a, b) => (a.job < b.job ? -1 : 1));
  }

  async jobs(page: PageQuery = {}) {
    return pageByKey(this.#summaries(), ({ job }) => job, page);
  }

  async job(name: string): Promise<JobDetail | undefined> {
    const { clock, fabric } = this.deps;
    const summary = this.#summaries().find(({ job }) => job === name);
    if (!summary) return undefined;
    const placement = fabric.job(name) ?? null;
    const incidents = await this.#recentIncidents(clock.now());
    const { gpus, lostSeconds, lostToNetworkSeconds } = summary;
    return {
      ...summary,
      placement,
      ports: placement ? fabric.jobPorts(placement) : [],
      incidents: incidents.filter(({ jobs }) => jobs.some(({ job }) => job === name)),
      lostGpuSeconds: gpus === null ? null : gpus * lostSeconds,
      lostToNetworkGpuSeconds: gpus === null ? null : gpus * lostToNetworkSeconds,
    };
  }

  async steps(job: string, query: PageQuery & TimeQuery & { slowOnly?: boolean } = {}) {
    const size = pageSize(query.limit);
    // Steps of one job begin one after another, also where a restart counts from a smaller number again.
    const beforeMs = query.cursor === undefined ? undefined : decodeCursor(query.cursor, isNumber);
    const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, slowOnly = false } = query;
    const items = await this.deps.documents.verdicts({
      job,
      slowOnly,
      limit: size + 1,
      range: { startMs: fromMs, endMs: Math.min(toMs, beforeMs ?? toMs) },
    });
    const page = items.slice(0, size);
    const last = page.at(-1);
    return { items: page, nextCursor: last && items.length > size ? encodeCursor(last.startMs) : null };
  }

  collectives(job: string, query: PageQuery & TimeQuery = {}) {
    return collectivesPage(this.deps, job, query);
  }

  async ranks(job: string, { steps = DEFAULT_MAP_STEPS }: { steps?: number } = {}): Promise<RankMap> {
    const { documents } = this.deps;
    const verdicts = await documents.verdicts({ job, limit: steps });
    const ranks = verdicts.reduce((most, verdict) => Math.max(most, verdict.ranks), 1);
    // One step more than is shown: the oldest that fits may be cut in half.
    const limit = Math.min((steps + 1) * ranks, Math.max(MAX_MAP_RECORDS, LEAST_MAP_STEPS * ranks));
    const records = await documents.steps({ job, limit });
    return rankMap(records, verdicts, Math.min(steps, Math.max(1, Math.floor(limit / ranks) - 1)));
  }

  explain(job: string, step: number) {
    const gpus = this.#summaries().find((summary) => summary.job === job)?.gpus ?? null;
    return stepExplanation(this.deps.documents, job, step, gpus);
  }

  async deliveries(page: PageQuery = {}) {
    const size = pageSize(page.limit);
    const all = this.deps.deliveries();
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor, isId);
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(from, from + size);
    const last = items.at(-1);
    return { items, nextCursor: last && all.length > from + size ? encodeCursor(last.id) : null };
  }
}

/** A placed job that has not reported a step yet. */
const NO_STEPS: JobSummary = {
  job: '',
  steps: 0,
  slowSteps: 0,
  lostSeconds: 0,
  lostToNetworkSeconds: 0,
  lostSecondsByCause: {},
  gpus: null,
  baselineSeconds: null,
  lastStep: null,
  lastStepEndMs: null,
  state: 'running',
};

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isId = (value: unknown): value is string => typeof value === 'string';

function range(startMs: number | undefined, endMs: number | undefined): Partial<TimeRange> {
  return { ...(startMs === undefined ? {} : { startMs }), ...(endMs === undefined ? {} : { endMs }) };
}
