import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { DEFAULT_PORT_VIEW, PORT_BLOCK, type PortView, readPortSort } from '../_lib/port-rows.ts';
import { queryKeys } from '../_lib/query-keys.ts';
import { PortsScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Ports' };

type SearchParams = Promise<Record<string, string | string[] | undefined>>;

export default async function PortsPage({ searchParams }: { searchParams: SearchParams }) {
  const view = viewOf(await searchParams);
  const { search, sort, desc } = view;
  return (
    <Hydrated
      wanted={[
        {
          key: queryKeys.portBlock(view, 0),
          read: (queries) => queries.ports({ search, sort, desc, limit: PORT_BLOCK }),
        },
      ]}
    >
      <PortsScreen />
    </Hydrated>
  );
}

/** The same view as the browser reads from the URL. */
function viewOf({ q, sort, desc }: Awaited<SearchParams>): PortView {
  return {
    search: typeof q === 'string' ? q : DEFAULT_PORT_VIEW.search,
    sort: typeof sort === 'string' ? readPortSort(sort) : DEFAULT_PORT_VIEW.sort,
    desc: desc === undefined ? DEFAULT_PORT_VIEW.desc : desc === 'true',
  };
}
