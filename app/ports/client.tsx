'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { parseAsBoolean, parseAsString, useQueryStates } from 'nuqs';
import { useDeferredValue, useMemo } from 'react';
import { formatCount, formatPlural } from '../../lib/format/numbers.ts';
import { PageHeader } from '../_components/page-header.tsx';
import { PortTable } from '../_components/ports/port-table.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { SearchField } from '../_components/search-field.tsx';
import { Empty, StaleNote } from '../_components/states.tsx';
import { DEFAULT_PORT_VIEW, type PortView, readPortSort } from '../_lib/port-rows.ts';
import { portsQuery } from '../_lib/queries.ts';

/** Every port of the fabric: sort by what hurts, filter by name, peer or job. */
export function PortsScreen() {
  const [{ q, sort, desc }, setState] = useQueryStates(
    {
      q: parseAsString.withDefault('').withOptions({ throttleMs: 300 }),
      sort: parseAsString.withDefault(DEFAULT_PORT_VIEW.sort),
      desc: parseAsBoolean.withDefault(DEFAULT_PORT_VIEW.desc),
    },
    { clearOnDefault: true },
  );
  const search = useDeferredValue(q);
  const view = useMemo<PortView>(() => ({ search, sort: readPortSort(sort), desc }), [search, sort, desc]);
  const query = useQuery({ ...portsQuery(view, 0), placeholderData: keepPreviousData });
  const page = query.data;
  return (
    <>
      <PageHeader title="Ports">
        <span className="text-muted" role="status">
          {page != null &&
            (page.total === page.all
              ? formatPlural(page.all, 'port')
              : `${formatCount(page.total)} of ${formatPlural(page.all, 'port')}`)}
        </span>
        <SearchField value={q} onChange={(text) => void setState({ q: text })} label="Filter by port, peer or job" />
      </PageHeader>
      <QueryContent query={query} what="The list of ports" skeletonHeight={480}>
        {({ all, total, stale }) =>
          all === 0 ? (
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
              {total === 0 ? (
                <Empty title={`No port matches "${search}".`}>
                  The filter looks at device, port, peer and job names.
                </Empty>
              ) : (
                <PortTable
                  view={view}
                  total={total}
                  onSort={(next, descending) => void setState({ sort: next, desc: descending })}
                />
              )}
            </>
          )
        }
      </QueryContent>
    </>
  );
}
