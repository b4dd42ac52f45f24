import type { Page } from '../../../lib/api/types.ts';
import type { PageQuery } from '../../../lib/queries/types.ts';

/** One page of a list; its cursor is how many to pass over. */
export function paginate<T>(items: readonly T[], page: PageQuery = {}): Page<T> {
  const from = Number(page.cursor ?? 0);
  const limit = page.limit ?? 100;
  return {
    items: items.slice(from, from + limit),
    nextCursor: from + limit < items.length ? String(from + limit) : null,
  };
}
