import { z } from 'zod';
import type { Page } from '../../api/types.ts';
import { csvAnswer, wantsCsv } from '../csv.ts';
import { HttpError } from '../http-error.ts';
import type { HttpAnswer, HttpRequest, Route } from '../types.ts';

export function jsonAnswer(body: unknown, status = 200): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

/** A page as JSON, or its items as CSV where that was asked for. */
export function pageAnswer(request: HttpRequest, page: Page<object>): HttpAnswer {
  return wantsCsv(request) ? csvAnswer(page.items) : jsonAnswer(page);
}

export function pageOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** @throws HttpError 404 naming what is not there */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new HttpError(404, 'not_found', `there is no ${what}`);
  return value;
}

type ReadRoute = Pick<Route, 'path' | 'summary' | 'query' | 'params' | 'handle'> & { answer: z.ZodType };

/** A question anybody may ask who may read. */
export function get({ answer, ...route }: ReadRoute): Route {
  return { ...route, method: 'GET', scope: 'read', answers: { 200: { description: route.summary, schema: answer } } };
}

/** A device, a port or a job in a path. */
export const nameParam = z.string().min(1).max(256);
