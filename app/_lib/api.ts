import type { Page, Problem } from '../../lib/api/types.ts';

/** What the monitor said when it could not answer, in a form the failed state can show. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** For a report to whoever runs the monitor; null when the monitor was not reached at all. */
  readonly requestId: string | null;

  constructor(message: string, status: number, code: string, requestId: string | null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an RFC 9457 problem document; anything else becomes a plain sentence with the status. */
export function problemToError(status: number, body: unknown): ApiError {
  const problem: Partial<Problem> = isRecord(body) ? body : {};
  const text = [problem.detail, problem.title].find((part) => typeof part === 'string' && part !== '');
  return new ApiError(
    typeof text === 'string' ? text : `the monitor answered ${status}`,
    status,
    typeof problem.code === 'string' ? problem.code : `http_${status}`,
    typeof problem.requestId === 'string' ? problem.requestId : null,
  );
}

async function request(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('the monitor does not answer', 0, 'unreachable', null);
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/**
 * One document of the API. The monitor is this page's own server and validates what it serves, so its JSON is taken
 * as the type asked for.
 * @returns null where the monitor knows no such thing (404)
 * @throws ApiError
 */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T | null> {
  const response = await request(path, { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) });
  if (response.status === 404) return null;
  const body = await bodyOf(response);
  if (!response.ok) throw problemToError(response.status, body);
  if (body === undefined) throw new ApiError('the answer is not JSON', response.status, 'malformed', null);
  return body as T;
}

/** A list; an API without this list has nothing in it. */
export async function getPage<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
  return (await getJson<Page<T>>(path, signal)) ?? { items: [], nextCursor: null };
}

/** Longest list a page holds in memory: past this the reader is asked to search. */
export const MAX_LIST_ITEMS = 40_000;

/** All pages of a list, up to {@link MAX_LIST_ITEMS}. `path` has no cursor yet. */
export async function getAllPages<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const url: string =
      cursor === null ? path : `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = await getPage<T>(url, signal);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < MAX_LIST_ITEMS);
  return { items, nextCursor: cursor };
}

/** Asks the monitor to do something. @throws ApiError */
export async function postJson<T>(path: string, body: unknown): Promise<T> {
  const response = await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await bodyOf(response);
  if (!response.ok) throw problemToError(response.status, answer);
  return answer as T;
}
