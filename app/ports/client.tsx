'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { useDeferredValue, useMemo } from 'react';
import { formatCount, formatPlural } from '../../lib/format/numbers.ts';
import { PageHeader } from '../_components/page-header.tsx';
import { PortTable } from '../_components/ports/port-table.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { SearchField } from '../_components/search-field.tsx';
import { Empty, StaleNote } from '../_components/states.tsx';
import { filterPorts } from '../_lib/port-rows.ts';
import { portsQuery } from '../_lib/queries.ts';

/** Every port of the fabric: sort by what hurts, filter by name, peer or job. */
export function PortsScreen() {
  const query = useQuery(portsQuery);
  const [search, setSearch] = useQueryState('q', parseAsString.withDefault('').withOptions({ throttleMs: 300 }));
  const wanted = useDeferredValue(search);
  const items = query.data?.items;
  const rows = useMemo(() => filterPorts(items ?? [], wanted), [items, wanted]);
  const stale = items?.filter((row) => row.stale).length ?? 0;
  return (
    <>
      <PageHeader title="Ports">
        <span className="text-muted" role="status">
          {items !== undefined &&
            (rows.length === items.length
              ? formatPlural(items.length, 'port')
              : `${formatCount(rows.length)} of ${formatPlural(items.length, 'port')}`)}
        </span>
        <SearchField value={search} onChange={setSearch} label="Filter by port, peer or job" />
      </PageHeader>
      <QueryContent query={query} what="The list of ports" skeletonHeight={480}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty
              title="No port has been read yet."
              command={
                'targets: [{ name: leaf1, address: "10.0.0.11:161", collector: snmp, auth: core }]   # stallscope.yaml'
              }
            >
              Ports appear with the first poll of a target.
            </Empty>
          ) : (
            <>
              {stale > 0 && (
                <StaleNote className="mb-2">
                  {formatPlural(stale, 'port')} without a sample for three intervals: hatched below.
                </StaleNote>
              )}
              {rows.length === 0 ? (
                <Empty title={`No port matches "${wanted}".`}>
                  The filter looks at device, port, peer and job names.
                </Empty>
              ) : (
                <PortTable rows={rows} />
              )}
              {page.nextCursor !== null && (
                <p className="pt-1 text-muted">
                  There are more ports than fit here; search with / to reach any of them.
                </p>
              )}
            </>
          )
        }
      </QueryContent>
    </>
  );
}
