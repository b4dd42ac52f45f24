import type { QueryClient } from '@tanstack/react-query';
import type {
  Delivery,
  JobDetail,
  OverviewUpdate,
  OverviewView,
  Page,
  PortDetail,
  PortRow,
  SeriesAnswer,
  StepExplanation,
  StreamEvent,
} from '../../lib/api/types.ts';
import type { Incident } from '../../lib/diagnosis/incident.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import type { JobSummary, StepVerdict } from '../../lib/training/step.ts';
import { STEPS_SHOWN } from './queries.ts';
import { queryKeys } from './query-keys.ts';
import { appendPoint } from './series.ts';

/** Names of every event the stream sends. */
export const STREAM_EVENTS = ['overview', 'incident', 'verdict', 'job', 'target', 'port', 'delivery'] as const;

/** Puts the new version of an item in its place, or at the end (`append`) or start of the list. */
export function upsert<T>(items: readonly T[], item: T, same: (a: T, b: T) => boolean, append = true): T[] {
  const index = items.findIndex((known) => same(known, item));
  if (index >= 0) return items.with(index, item);
  return append ? [...items, item] : [item, ...items];
}

function updatePage<T>(
  client: QueryClient,
  key: readonly unknown[],
  item: T,
  same: (a: T, b: T) => boolean,
  append = true,
): void {
  client.setQueryData<Page<T>>(key, (page) =>
    page === undefined ? undefined : { ...page, items: upsert(page.items, item, same, append) },
  );
}

function applyOverview(client: QueryClient, update: OverviewUpdate): void {
  const { heat, ...rest } = update;
  client.setQueryData<OverviewView>(queryKeys.overview, (known) => {
    if (heat !== undefined) return { ...rest, heat };
    // The map has not changed since it was sent; who has none yet reads it with the rest.
    return known === undefined || known === null ? undefined : { ...rest, heat: known.heat };
  });
}

function applyIncident(client: QueryClient, incident: Incident): void {
  const sameId = (a: Incident, b: Incident) => a.id === b.id;
  client.setQueryData(queryKeys.incident(incident.id), incident);
  updatePage(client, queryKeys.incidents, incident, sameId, false);
  for (const cost of incident.jobs) {
    client.setQueryData<JobDetail | null>(queryKeys.job(cost.job), (job) =>
      job ? { ...job, incidents: upsert(job.incidents, incident, sameId, false) } : job,
    );
  }
  const root = { device: incident.rootDevice, port: incident.rootPort };
  client.setQueryData<PortDetail | null>(queryKeys.port(root), (port) =>
    port ? { ...port, incidents: upsert(port.incidents, incident, sameId, false) } : port,
  );
}

function applyVerdict(client: QueryClient, verdict: StepVerdict): void {
  client.setQueryData<Page<StepVerdict>>(queryKeys.steps(verdict.job), (page) => {
    if (page === undefined) return undefined;
    const newestFirst = (page.items[0]?.startMs ?? 0) > (page.items.at(-1)?.startMs ?? 0);
    const items = upsert(page.items, verdict, (a, b) => a.step === b.step && a.run === b.run, !newestFirst);
    const excess = items.length - STEPS_SHOWN;
    if (excess <= 0) return { ...page, items };
    return { ...page, items: newestFirst ? items.slice(0, STEPS_SHOWN) : items.slice(excess) };
  });
  const key = queryKeys.explain(verdict.job, verdict.step);
  const known = client.getQueryData<StepExplanation | null>(key);
  if (known) {
    client.setQueryData<StepExplanation>(key, { ...known, verdict });
    // Incidents, neighbours and the text may have moved with the verdict; only the monitor can tell.
    void client.invalidateQueries({ queryKey: key });
  }
}

function applyJob(client: QueryClient, job: JobSummary): void {
  updatePage(client, queryKeys.jobs, job, (a, b) => a.job === b.job);
  client.setQueryData<JobDetail | null>(queryKeys.job(job.job), (detail) => (detail ? { ...detail, ...job } : detail));
}

function applyPort(client: QueryClient, row: PortRow): void {
  client.setQueryData<PortDetail | null>(queryKeys.port(row), (detail) => (detail ? { ...detail, ...row } : detail));
  // Charts whose range ends now grow by the newest point; per-priority lines are read again at their own pace.
  client.setQueriesData<SeriesAnswer | null>(
    {
      queryKey: queryKeys.seriesOf(row),
      predicate: ({ queryKey }) => queryKey[3] === 'port' && queryKey.at(-1) === 'now',
    },
    (answer) => (answer ? appendPoint(answer, row) : answer),
  );
}

/**
 * Writes one event of the stream into the caches that screens read. A list or document nobody has asked for is left
 * alone: it is read in full when somebody does.
 */
export function applyStreamEvent(client: QueryClient, message: StreamEvent): void {
  switch (message.event) {
    case 'overview':
      applyOverview(client, message.data);
      return;
    case 'incident':
      applyIncident(client, message.data);
      return;
    case 'verdict':
      applyVerdict(client, message.data);
      return;
    case 'job':
      applyJob(client, message.data);
      return;
    case 'target':
      updatePage<TargetHealth>(client, queryKeys.targets, message.data, (a, b) => a.target === b.target);
      return;
    case 'port':
      applyPort(client, message.data);
      return;
    case 'delivery':
      updatePage<Delivery>(client, queryKeys.deliveries, message.data, (a, b) => a.id === b.id, false);
  }
}

/** Reads one message; undefined for an event of a newer monitor or a line that is not JSON. */
export function parseStreamEvent(event: string, data: string): StreamEvent | undefined {
  if (!(STREAM_EVENTS as readonly string[]).includes(event)) return undefined;
  try {
    const parsed: unknown = JSON.parse(data);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    return { event, data: parsed } as StreamEvent;
  } catch {
    return undefined;
  }
}
