'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { useDeferredValue } from 'react';
import { formatPlural } from '../../lib/format/numbers.ts';
import { PageHeader } from '../_components/page-header.tsx';
import { Panel } from '../_components/panel.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { SearchField } from '../_components/search-field.tsx';
import { TargetTable } from '../_components/sources/target-table.tsx';
import { Empty, StaleNote } from '../_components/states.tsx';
import { targetsQuery } from '../_lib/queries.ts';
import { countStates, sortTargets } from '../_lib/targets.ts';

/** Can I trust this? Every target: asked and achieved, what failed, what it cannot show. */
export function SourcesScreen() {
  const query = useQuery(targetsQuery);
  const [search, setSearch] = useQueryState('q', parseAsString.withDefault('').withOptions({ throttleMs: 300 }));
  const wanted = useDeferredValue(search);
  return (
    <>
      <PageHeader title="Sources">
        <SearchField value={search} onChange={setSearch} label="Filter by name, address or error" />
      </PageHeader>
      <QueryContent query={query} what="The list of targets" skeletonHeight={480}>
        {(page) => {
          const counts = countStates(page.items);
          const shown = sortTargets(page.items, wanted);
          if (page.items.length === 0) {
            return (
              <Empty
                title="Nothing is collected yet."
                command={
                  'auths:   { core: { version: 2c, communityFile: /etc/stallscope/community } }\ntargets: [{ name: leaf1, address: "10.0.0.11:161", collector: snmp, auth: core, interval: 5s }]'
                }
              >
                Add a target to stallscope.yaml; it is picked up without a restart. `stallscope check` tells what each
                one can show.
              </Empty>
            );
          }
          return (
            <>
              {counts.down > 0 && (
                <StaleNote className="mb-2">
                  {formatPlural(counts.down, 'target')} silent: what {counts.down === 1 ? 'it' : 'they'} would have
                  shown is missing everywhere else.
                </StaleNote>
              )}
              <Panel
                title={formatPlural(shown.length, 'target')}
                note={`${counts.ok} ok, ${counts.degraded} degraded, ${counts.down} down, ${counts.starting} starting`}
              >
                {shown.length === 0 ? (
                  <Empty title={`No target matches "${wanted}".`} />
                ) : (
                  <TargetTable targets={shown} />
                )}
              </Panel>
            </>
          );
        }}
      </QueryContent>
    </>
  );
}
