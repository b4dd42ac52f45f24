import { z } from 'zod';
import { episodeSchema, incidentSchema } from '../../api/documents.ts';
import { deliverySchema } from '../../api/views.ts';
import { NETWORK_KINDS } from '../../kinds.ts';
import { defined, flagParam, pageParams, readQuery, timeParams, timeRange } from '../params.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { found, get, jsonAnswer, nameParam, pageAnswer, pageOf } from './answers.ts';

/** What was found: episodes, incidents, and who was told. */
export function findingRoutes({ queries, clock }: HttpServices): Route[] {
  const episodesQuery = pageParams
    .extend(timeParams.shape)
    .extend({ device: nameParam.optional(), port: nameParam.optional() });
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
      params: z.object({ id: nameParam }),
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
