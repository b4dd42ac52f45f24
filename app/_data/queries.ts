import 'server-only';
import { QUERIES_SYMBOL, type Queries } from '../../lib/queries/types.ts';

/** The slot the monitor fills in the process both share; see lib/queries/types.ts. */
interface QueriesHolder {
  [QUERIES_SYMBOL]?: Queries;
}

/**
 * The running monitor's answers, or undefined where there is none in this process (a build, or pages started alone):
 * then the browser asks the API and shows what comes of it.
 */
export function monitorQueries(): Queries | undefined {
  return (globalThis as QueriesHolder)[QUERIES_SYMBOL];
}
