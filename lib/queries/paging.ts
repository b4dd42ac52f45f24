import type { Page } from '../api/types.ts';
import { ParseError } from '../errors.ts';

export const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

/** Items of a page that nobody sized. */
export function pageSize(limit: number | undefined): number {
  return Math.min(MAX_PAGE, Math.max(1, limit ?? DEFAULT_PAGE));
}

/** A cursor is opaque to clients and plain JSON to us. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws ParseError where it is none of ours */
export function decodeCursor<T>(cursor: string, isPosition: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isPosition(value)) return value;
  } catch {
    // Said below.
  }
  throw new ParseError('cursor: is not one of ours; start again without it');
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** A page of a list that is in memory, in the order of `keyOf`: the cursor is the key of the last item given. */
export function pageByKey<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  query: { limit?: number; cursor?: string },
): Page<T> {
  const size = pageSize(query.limit);
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, isText);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return { items: page, nextCursor: last !== undefined && rest.length > size ? encodeCursor(keyOf(last)) : null };
}

interface TimePosition {
  startMs: number;
  /** Given already of those that began at startMs. */
  ids: string[];
}

function isTimePosition(value: unknown): value is TimePosition {
  const { startMs, ids } = (value ?? {}) as Partial<TimePosition>;
  return typeof startMs === 'number' && Array.isArray(ids) && ids.every(isText);
}

/**
 * A page of a list that a store answers newest first. New items never shift later pages.
 * @param read documents that began before `beforeMs`, newest first, at most `limit`
 */
export async function pageByTime<T extends { id: string; startMs: number }>(
  query: { limit?: number; cursor?: string; toMs?: number },
  read: (range: { beforeMs: number | undefined; limit: number }) => Promise<T[]>,
): Promise<Page<T>> {
  const size = pageSize(query.limit);
  const position = query.cursor === undefined ? undefined : decodeCursor(query.cursor, isTimePosition);
  const given = new Set(position?.ids);
  // Items that began at the cursor's own time come again and are skipped.
  const beforeMs = position === undefined ? query.toMs : position.startMs + 0.001;
  const found = await read({ beforeMs, limit: size + given.size + 1 });
  const rest = found.filter(({ id }) => !given.has(id));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  if (last === undefined || rest.length <= size) return { items, nextCursor: null };
  const ids = items.filter(({ startMs }) => startMs === last.startMs).map(({ id }) => id);
  if (position?.startMs === last.startMs) ids.push(...position.ids);
  return { items, nextCursor: encodeCursor({ startMs: last.startMs, ids }) };
}
