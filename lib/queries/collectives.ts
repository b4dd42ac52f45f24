import type { Page } from '../api/types.ts';
import type { Clock } from '../clock.ts';
import type { DocumentStore } from '../store/types.ts';
import { type CollectiveRecord, collectiveEndMs } from '../training/collective.ts';
import { decodeCursor, encodeCursor, pageSize } from './paging.ts';
import type { PageQuery, TimeQuery } from './types.ts';

/** Where the page before ended: at this time, with so many of those that ended then given already. */
interface CollectivePosition {
  endMs: number;
  given: number;
}

function isPosition(value: unknown): value is CollectivePosition {
  const { endMs, given } = (value ?? {}) as Partial<CollectivePosition>;
  return typeof endMs === 'number' && Number.isSafeInteger(given) && Number(given) >= 0 && Number(given) <= 1_000_000;
}

/** Collective operations of a job, newest first. */
export async function collectivesPage(
  { documents, clock }: { documents: DocumentStore; clock: Clock },
  job: string,
  query: PageQuery & TimeQuery,
): Promise<Page<CollectiveRecord>> {
  const size = pageSize(query.limit);
  const position = query.cursor === undefined ? undefined : decodeCursor(query.cursor, isPosition);
  const skip = position?.given ?? 0;
  const endMs = position === undefined ? (query.toMs ?? Number.MAX_SAFE_INTEGER) : position.endMs + 0.0005;
  const range = { startMs: query.fromMs ?? 0, endMs };
  const found = (await documents.collectives({ job, range, limit: size + skip + 1 })).slice(skip);
  const items = found.slice(0, size);
  const last = items.at(-1);
  if (last === undefined || found.length <= size) return { items, nextCursor: null };
  const lastMs = collectiveEndMs(last, clock.now());
  const same = items.filter((item) => collectiveEndMs(item, clock.now()) === lastMs).length;
  return {
    items,
    nextCursor: encodeCursor({ endMs: lastMs, given: same + (position?.endMs === lastMs ? skip : 0) }),
  };
}
