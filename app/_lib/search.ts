import type { PortRow } from '../../lib/api/types.ts';
import type { JobSummary } from '../../lib/training/step.ts';
import { jobHref, portHref, portName } from './paths.ts';
import { PAGES } from './shortcuts.ts';

/** One line of the search list. */
export interface SearchHit {
  href: string;
  title: string;
  kind: 'page' | 'job' | 'port';
}

const MOST_HITS = 12;

/** How well `text` matches: 0 exact, 1 from the start, 2 inside, -1 not at all. Case does not matter. */
export function matchRank(text: string, wanted: string): number {
  const haystack = text.toLowerCase();
  const needle = wanted.toLowerCase();
  if (haystack === needle) return 0;
  if (haystack.startsWith(needle)) return 1;
  return haystack.includes(needle) ? 2 : -1;
}

/** Best matches first; pages and jobs before ports of the same rank. An empty query lists the pages. */
export function searchHits(wanted: string, jobs: readonly JobSummary[], ports: readonly PortRow[]): SearchHit[] {
  const query = wanted.trim();
  const hits: SearchHit[] = [
    ...PAGES.map((page) => ({ href: page.href as string, title: page.label as string, kind: 'page' as const })),
    ...jobs.map((job) => ({ href: jobHref(job.job), title: job.job, kind: 'job' as const })),
    ...ports.map((port) => ({ href: portHref(port), title: portName(port), kind: 'port' as const })),
  ];
  if (query === '') return hits.slice(0, PAGES.length);
  return hits
    .map((hit) => ({ hit, rank: matchRank(hit.title, query) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_HITS)
    .map(({ hit }) => hit);
}
