import { z } from 'zod';
import { fieldSchema, targetHealthSchema } from '../../api/documents.ts';
import {
  intakeViewSchema,
  overviewViewSchema,
  portDetailSchema,
  portPageSchema,
  seriesAnswerSchema,
  stripSchema,
  topologyViewSchema,
} from '../../api/views.ts';
import { csvAnswer, seriesRows, wantsCsv } from '../csv.ts';
import { HttpError } from '../http-error.ts';
import { checked, defined, fieldsParam, pageParams, parseTime, readQuery, timeParams } from '../params.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { found, get, jsonAnswer, nameParam, pageAnswer, pageOf } from './answers.ts';

/** Points a series has by default and at most. */
const DEFAULT_POINTS = 1000;
const MAX_POINTS = 11_000;

const portParams = z.object({ device: nameParam, port: nameParam });

/** What is collected and what it shows: targets, topology, ports and their series. */
export function fabricRoutes({ queries, clock }: HttpServices): Route[] {
  const portsQuery = pageParams.extend({
    device: nameParam.optional(),
    search: nameParam
      .optional()
      .describe('Words of the port, its other end or a job; job:x and device:x look only there'),
    sort: z
      .union([z.literal('port'), fieldSchema])
      .optional()
      .describe('port, or a field; without it no order'),
    order: z.enum(['asc', 'desc']).default('asc'),
    offset: z.coerce.number().int().nonnegative().optional().describe('With sort: ports to pass over'),
  });
  const seriesQuery = timeParams.extend({
    device: nameParam,
    port: nameParam,
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
      path: '/api/v1/intake',
      summary: 'What was not taken since the start: configurations and pushed records',
      answer: intakeViewSchema,
      handle: async () => jsonAnswer(await queries.intake()),
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
