import { windowInputSchema } from '../../api/ingest.ts';
import { readQuery, timeParams, timeRange } from '../params.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { get, pageAnswer, pageOf } from './answers.ts';

/** `GET /api/v1/windows`; they are taken by `POST /api/v1/windows`, see ingest.ts. */
export function windowRoutes({ windows, clock }: HttpServices): Route[] {
  return [
    get({
      path: '/api/v1/windows',
      summary: 'Named spans of time that touch a range, the newest first',
      query: timeParams,
      answer: pageOf(windowInputSchema),
      handle: async (request) => {
        const { fromMs = Number.MIN_SAFE_INTEGER, toMs = Number.MAX_SAFE_INTEGER } = timeRange(
          readQuery(timeParams, request.query),
          clock,
        );
        const items = await windows.list({ startMs: fromMs, endMs: toMs });
        return pageAnswer(request, { items, nextCursor: null });
      },
    }),
  ];
}
