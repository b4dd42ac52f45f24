import { z } from 'zod';
import {
  episodeSchema,
  fieldSchema,
  incidentSchema,
  jobSummarySchema,
  stepVerdictSchema,
  targetHealthSchema,
} from '../../api/documents.ts';
import { collectiveInputSchema } from '../../api/ingest.ts';
import type { Page } from '../../api/types.ts';
import {
  deliverySchema,
  jobDetailSchema,
  overviewViewSchema,
  portDetailSchema,
  portPageSchema,
  rankMapSchema,
  seriesAnswerSchema,
  stepExplanationSchema,
  stripSchema,
  topologyViewSchema,
} from '../../api/views.ts';
import { NETWORK_KINDS } from '../../kinds.ts';
import { csvAnswer, seriesRows, wantsCsv } from '../csv.ts';
import {
  checked,
  defined,
  fieldsParam,
  flagParam,
  pageParams,
  parseTime,
  readQuery,
  timeParams,
  timeRange,
} from '../params.ts';
import { HttpError } from '../problem.ts';
import type { HttpServices } from '../services.ts';
import type { HttpAnswer, HttpRequest, Route } from '../types.ts';

/** Points a series has by default and at most. */
const DEFAULT_POINTS = 1000;
const MAX_POINTS = 11_000;

export function jsonAnswer(body: unknown, status = 200): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

function pageAnswer(request: HttpRequest, page: Page<object>): HttpAnswer {
  return wantsCsv(request) ? csvAnswer(page.items) : jsonAnswer(page);
}

function pageOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new HttpError(404, 'not_found', `there is no ${what}`);
  return value;
}

type ReadRoute = Pick<Route, 'path' | 'summary' | 'query' | 'params' | 'handle'> & { answer: z.ZodType };

function get({ answer, ...route }: ReadRoute): Route {
  return { ...route, method: 'GET', scope: 'read', answers: { 200: { description: route.summary, schema: answer } } };
}

const name = z.string().min(1).max(256);
const jobParams = z.object({ job: name });
const stepParams = z.object({ job: name, n: z.coerce.number().int().nonnegative() });
const portParams = z.object({ device: name, port: name });

/** Every question of the API: `GET /api/v1/...`. */
export function readRoutes(services: HttpServices): Route[] {
  return [...fabricRoutes(services), ...findingRoutes(services), ...jobRoutes(services)];
}

function fabricRoutes({ queries, clock }: HttpServices): Route[] {
  const portsQuery = pageParams.extend({
    device: name.optional(),
    search: name.optional().describe('Words of the port, its other end or a job; job:x and device:x look only there'),
    sort: z
      .union([z.literal('port'), fieldSchema])
      .optional()
      .describe('port, or a field; without it no order'),
    order: z.enum(['asc', 'desc']).default('asc'),
    offset: z.coerce.number().int().nonnegative().optional().describe('With sort: ports to pass over'),
  });
  const seriesQuery = timeParams.extend({
    device: name,
    port: name,
    priority: z
      .union([z.literal('none').transform(() => null), z.coerce.number().int().min(0).max(7)])
      .optional()
      .describe('0..7, or none for the whole port only; left out: all'),
    field: fieldsParam,
    maxPoints: z.coerce.number().int().min(2).max(MAX_POINTS).default(DEFAULT_POINTS),
  });
  return [
    get({
      path: '/api/v1/overview',
      summary: 'Is the fabric hurting anyone right now?',
      answer: overviewViewSchema,
      handle: async () => jsonAnswer(await queries.overview()),
    }),
    get({
      path: '/api/v1/targets',
      summary: 'What is collected, how often, and what it does not show',
      query: pageParams,
      answer: pageOf(targetHealthSchema),
      handle: async (request) =>
        pageAnswer(request, await queries.targets(defined(readQuery(pageParams, request.query)))),
    }),
    get({
      path: '/api/v1/strip',
      summary: 'How blocked each switch was over the last quarter of an hour',
      answer: stripSchema,
      handle: async () => jsonAnswer(await queries.strip()),
    }),
    get({
      path: '/api/v1/topology',
      summary: 'Devices, cables and where jobs run',
      answer: topologyViewSchema,
      handle: async () => jsonAnswer(await queries.topology()),
    }),
    get({
      path: '/api/v1/ports',
      summary: 'Newest numbers of every port',
      query: portsQuery,
      answer: portPageSchema,
      handle: async (request) => {
        const { order, ...rest } = readQuery(portsQuery, request.query);
        return pageAnswer(request, await queries.ports({ ...defined(rest), desc: order === 'desc' }));
      },
    }),
    get({
      path: '/api/v1/ports/{device}/{port}',
      summary: 'One port; its name is URL-encoded, as it may hold a slash',
      params: portParams,
      answer: portDetailSchema,
      handle: async ({ params }) => {
        const { device, port } = checked(portParams, params);
        return jsonAnswer(found(await queries.port(device, port), `port ${device} ${port}`));
      },
    }),
    get({
      path: '/api/v1/series',
      summary: 'Fields of one port over time; null is a gap, never 0',
      query: seriesQuery,
      answer: seriesAnswerSchema,
      handle: async (request) => {
        const { from, to, field, ...rest } = readQuery(seriesQuery, request.query);
        const toMs = parseTime('to', to ?? 'now', clock);
        const fromMs = parseTime('from', from ?? 'now-15m', clock);
        if (toMs < fromMs) throw new HttpError(400, 'bad_parameter', 'to: is before from');
        const answer = await queries.series({ ...defined(rest), fields: field, fromMs, toMs });
        return wantsCsv(request) ? csvAnswer(seriesRows(answer)) : jsonAnswer(answer);
      },
    }),
  ];
}

function findingRoutes({ queries, clock }: HttpServices): Route[] {
  const episodesQuery = pageParams.extend(timeParams.shape).extend({ device: name.optional(), port: name.optional() });
  const incidentsQuery = pageParams
    .extend(timeParams.shape)
    .extend({ open: flagParam.describe('Only what is going on now'), kind: z.enum(NETWORK_KINDS).optional() });
  return [
    get({
      path: '/api/v1/episodes',
      summary: 'Findings of single devices, newest first',
      query: episodesQuery,
      answer: pageOf(episodeSchema),
      handle: async (request) => {
        const { from, to, ...rest } = readQuery(episodesQuery, request.query);
        return pageAnswer(request, await queries.episodes({ ...defined(rest), ...timeRange({ from, to }, clock) }));
      },
    }),
    get({
      path: '/api/v1/incidents',
      summary: 'What hurt: episodes with one root, newest first',
      query: incidentsQuery,
      answer: pageOf(incidentSchema),
      handle: async (request) => {
        const { from, to, open, ...rest } = readQuery(incidentsQuery, request.query);
        const range = timeRange({ from, to }, clock);
        return pageAnswer(request, await queries.incidents({ ...defined(rest), ...range, openOnly: open }));
      },
    }),
    get({
      path: '/api/v1/incidents/{id}',
      summary: 'One incident with its root, victims, path and evidence',
      params: z.object({ id: name }),
      answer: incidentSchema,
      handle: async ({ params: { id = '' } }) => jsonAnswer(found(await queries.incident(id), `incident ${id}`)),
    }),
    get({
      path: '/api/v1/alerts/deliveries',
      summary: 'Who was told of what, newest first',
      query: pageParams,
      answer: pageOf(deliverySchema),
      handle: async (request) =>
        pageAnswer(request, await queries.deliveries(defined(readQuery(pageParams, request.query)))),
    }),
  ];
}

function jobRoutes({ queries, clock }: HttpServices): Route[] {
  const timedQuery = pageParams.extend(timeParams.shape);
  const ranksQuery = z.object({ steps: z.coerce.number().int().min(1).max(1000).default(120) });
  const stepsQuery = timedQuery.extend({ slow: flagParam.describe('Only slow steps') });
  return [
    get({
      path: '/api/v1/jobs',
      summary: 'Training jobs and what they lost',
      query: pageParams,
      answer: pageOf(jobSummarySchema),
      handle: async (request) => pageAnswer(request, await queries.jobs(defined(readQuery(pageParams, request.query)))),
    }),
    get({
      path: '/api/v1/jobs/{job}',
      summary: 'One job with its ports and incidents',
      params: jobParams,
      answer: jobDetailSchema,
      handle: async ({ params: { job = '' } }) => jsonAnswer(found(await queries.job(job), `job ${job}`)),
    }),
    get({
      path: '/api/v1/jobs/{job}/steps',
      summary: 'Steps of a job, newest first, each with its verdict',
      params: jobParams,
      query: stepsQuery,
      answer: pageOf(stepVerdictSchema),
      handle: async (request) => {
        const { job = '' } = request.params;
        const { from, to, slow, ...rest } = readQuery(stepsQuery, request.query);
        found(await queries.job(job), `job ${job}`);
        const range = timeRange({ from, to }, clock);
        return pageAnswer(request, await queries.steps(job, { ...defined(rest), ...range, slowOnly: slow }));
      },
    }),
    get({
      path: '/api/v1/jobs/{job}/collectives',
      summary: 'Collective operations of a job as its ranks saw them, newest first',
      params: jobParams,
      query: timedQuery,
      answer: pageOf(collectiveInputSchema),
      handle: async (request) => {
        const { job = '' } = request.params;
        const { from, to, ...rest } = readQuery(timedQuery, request.query);
        const range = timeRange({ from, to }, clock);
        return pageAnswer(request, await queries.collectives(job, { ...defined(rest), ...range }));
      },
    }),
    get({
      path: '/api/v1/jobs/{job}/ranks',
      summary: 'How late each rank was in the newest steps',
      params: jobParams,
      query: ranksQuery,
      answer: rankMapSchema,
      handle: async (request) => {
        const { job = '' } = request.params;
        const { steps } = readQuery(ranksQuery, request.query);
        found(await queries.job(job), `job ${job}`);
        return jsonAnswer(await queries.ranks(job, { steps }));
      },
    }),
    get({
      path: '/api/v1/jobs/{job}/steps/{n}/explain',
      summary: 'Why was this step slow?',
      params: stepParams,
      answer: stepExplanationSchema,
      handle: async ({ params }) => {
        const { job, n } = checked(stepParams, params);
        return jsonAnswer(found(await queries.explain(job, n), `step ${n} of job ${job}`));
      },
    }),
  ];
}
