import 'server-only';
import { type DehydratedState, dehydrate, QueryClient, type QueryKey } from '@tanstack/react-query';
import type { Queries } from '../../lib/queries/types.ts';
import { monitorQueries } from './queries.ts';

/** One answer a page wants in its first HTML, under the key the browser will look for. */
export interface Prefetch {
  key: QueryKey;
  read: (queries: Queries) => Promise<unknown>;
}

/** First paint waits this long for an answer; a slower one is left to the browser, which shows a skeleton, ms. */
const FIRST_PAINT_BUDGET_MS = 1500;

/**
 * Reads what a page needs for its first paint. An answer that fails or is late is left out, and the browser asks for
 * it again: a page is never held up or lost because one panel has no data. Absent things are null.
 */
export async function prefetch(wanted: readonly Prefetch[]): Promise<DehydratedState> {
  const client = new QueryClient();
  const queries = monitorQueries();
  if (queries !== undefined) {
    await Promise.all(
      wanted.map(async ({ key, read }) => {
        const answer = await withinBudget(read(queries));
        if (answer.ok) client.setQueryData(key, answer.value ?? null);
      }),
    );
  }
  return dehydrate(client);
}

async function withinBudget(reading: Promise<unknown>): Promise<{ ok: true; value: unknown } | { ok: false }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ ok: false }>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false }), FIRST_PAINT_BUDGET_MS);
  });
  const read = reading.then(
    (value) => ({ ok: true as const, value }),
    () => ({ ok: false as const }),
  );
  const answer = await Promise.race([read, late]);
  clearTimeout(timer);
  return answer;
}
