import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type {
  Delivery,
  IntakeView,
  JobDetail,
  OverviewView,
  PortDetail,
  PortPage,
  RankMap,
  SeriesAnswer,
  StepExplanation,
  Strip,
  TopologyView,
} from '../../lib/api/types.ts';
import type { Incident } from '../../lib/diagnosis/incident.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import type { PortRef } from '../../lib/topology/types.ts';
import type { JobSummary, StepVerdict } from '../../lib/training/step.ts';
import { getAllPages, getJson, getPage } from './api.ts';
import { apiPaths } from './paths.ts';
import { PORT_BLOCK, type PortView } from './port-rows.ts';
import { queryKeys } from './query-keys.ts';

/** How many steps of a job one chart holds. */
export const STEPS_SHOWN = 1000;

export const overviewQuery = queryOptions({
  queryKey: queryKeys.overview,
  queryFn: ({ signal }) => getJson<OverviewView>(apiPaths.overview, signal),
});

/** One column of the strip; it is read again at this pace while somebody looks at it, ms. */
const STRIP_REFRESH_MS = 5000;

export const stripQuery = queryOptions({
  queryKey: queryKeys.strip,
  queryFn: ({ signal }) => getJson<Strip>(apiPaths.strip, signal),
  refetchInterval: STRIP_REFRESH_MS,
});

export const topologyQuery = queryOptions({
  queryKey: queryKeys.topology,
  queryFn: ({ signal }) => getJson<TopologyView>(apiPaths.topology, signal),
});

export const targetsQuery = queryOptions({
  queryKey: queryKeys.targets,
  queryFn: ({ signal }) => getAllPages<TargetHealth>(`${apiPaths.targets}?limit=1000`, signal),
});

/** Nothing tells of it by itself: it is read again at this pace while somebody looks at it, ms. */
const INTAKE_REFRESH_MS = 10_000;

export const intakeQuery = queryOptions({
  queryKey: queryKeys.intake,
  queryFn: ({ signal }) => getJson<IntakeView>(apiPaths.intake, signal),
  refetchInterval: INTAKE_REFRESH_MS,
});

/** Rows change with every poll; those on screen are read again at this pace while somebody looks at them, ms. */
const PORT_LIST_REFRESH_MS = 5000;

/** One block of the list of ports: it is sorted and filtered by the monitor, so that a large fabric stays there. */
export function portsQuery(view: PortView, block: number) {
  const { search, sort, desc } = view;
  return queryOptions({
    queryKey: queryKeys.portBlock(view, block),
    queryFn: ({ signal }) => {
      const params = new URLSearchParams({
        sort,
        order: desc ? 'desc' : 'asc',
        offset: String(block * PORT_BLOCK),
        limit: String(PORT_BLOCK),
        ...(search === '' ? {} : { search }),
      });
      return getJson<PortPage>(`${apiPaths.ports}?${params}`, signal);
    },
    refetchInterval: PORT_LIST_REFRESH_MS,
  });
}

export function portQuery(port: PortRef) {
  return queryOptions({
    queryKey: queryKeys.port(port),
    queryFn: ({ signal }) => getJson<PortDetail>(apiPaths.port(port), signal),
  });
}

export const incidentsQuery = queryOptions({
  queryKey: queryKeys.incidents,
  queryFn: ({ signal }) => getPage<Incident>(`${apiPaths.incidents}?limit=500`, signal),
});

export function incidentQuery(id: string) {
  return queryOptions({
    queryKey: queryKeys.incident(id),
    queryFn: ({ signal }) => getJson<Incident>(apiPaths.incident(id), signal),
  });
}

export const jobsQuery = queryOptions({
  queryKey: queryKeys.jobs,
  queryFn: ({ signal }) => getAllPages<JobSummary>(`${apiPaths.jobs}?limit=500`, signal),
});

export function jobQuery(job: string) {
  return queryOptions({
    queryKey: queryKeys.job(job),
    queryFn: ({ signal }) => getJson<JobDetail>(apiPaths.job(job), signal),
  });
}

export function stepsQuery(job: string) {
  return queryOptions({
    queryKey: queryKeys.steps(job),
    queryFn: ({ signal }) => getPage<StepVerdict>(`${apiPaths.steps(job)}?limit=${STEPS_SHOWN}`, signal),
  });
}

/** Ranks report with every step; the map is read again at this pace while somebody looks at it, ms. */
const RANK_MAP_REFRESH_MS = 5000;

export function ranksQuery(job: string) {
  return queryOptions({
    queryKey: queryKeys.ranks(job),
    queryFn: ({ signal }) => getJson<RankMap>(apiPaths.ranks(job), signal),
    refetchInterval: RANK_MAP_REFRESH_MS,
  });
}

export function explainQuery(job: string, step: number) {
  return queryOptions({
    queryKey: queryKeys.explain(job, step),
    queryFn: ({ signal }) => getJson<StepExplanation>(apiPaths.explain(job, step), signal),
  });
}

export const deliveriesQuery = queryOptions({
  queryKey: queryKeys.deliveries,
  queryFn: ({ signal }) => getPage<Delivery>(`${apiPaths.deliveries}?limit=200`, signal),
});

/** What one chart panel asks of one port. `priority` absent = the whole port. */
export interface SeriesRequest {
  port: PortRef;
  fields: SampleField[];
  priority?: number;
  /** Relative text ("now-15m") or Unix ms; the monitor reads both. */
  from: string;
  to: string;
}

/** Points per line: enough for a 600 px chart, few enough for recharts to paint at once. */
const MAX_POINTS = 400;
/** Lines are read again at this pace while live: the port's own events fill in between, ms. */
const SERIES_REFRESH_MS = 10_000;

export function seriesQuery(request: SeriesRequest) {
  const { port, fields, priority, from, to } = request;
  const live = to === 'now';
  return queryOptions({
    queryKey: [...queryKeys.seriesOf(port), priority ?? 'port', fields.join(), from, to],
    queryFn: ({ signal }) => {
      const params = new URLSearchParams({
        device: port.device,
        port: port.port,
        field: fields.join(','),
        from,
        to,
        maxPoints: String(MAX_POINTS),
        priority: priority === undefined ? 'none' : String(priority),
      });
      return getJson<SeriesAnswer>(`${apiPaths.series}?${params}`, signal);
    },
    refetchInterval: live ? SERIES_REFRESH_MS : false,
    // A moving window keeps its last picture while the next one is on its way.
    placeholderData: keepPreviousData,
  });
}
