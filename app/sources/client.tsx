'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { useDeferredValue } from 'react';
import type { TargetHealth } from '../../lib/events/events.ts';
import { formatPlural } from '../../lib/format/numbers.ts';
import { PageHeader } from '../_components/page-header.tsx';
import { Panel } from '../_components/panel.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { SearchField } from '../_components/search-field.tsx';
import { IntakePanel } from '../_components/sources/intake-panel.tsx';
import { TargetTable } from '../_components/sources/target-table.tsx';
import { Empty, StaleNote } from '../_components/states.tsx';
import { targetsQuery } from '../_lib/queries.ts';
import { countStates, sortTargets, TARGET_SORTS, type TargetSort } from '../_lib/targets.ts';

/** Targets on one page: what the eye can take, and little enough that the page stays quick with thousands. */
const PAGE_SIZE = 50;
const SORTS = Object.keys(TARGET_SORTS) as TargetSort[];

/** Can I trust this? Every target: asked and achieved, what failed, what it cannot show. */
export function SourcesScreen() {
  const query = useQuery(targetsQuery);
  const [search, setSearch] = useQueryState('q', parseAsString.withDefault('').withOptions({ throttleMs: 300 }));
  const [sort, setSort] = useQueryState('sort', parseAsStringLiteral(SORTS).withDefault('worst'));
  const [page, setPage] = useQueryState('page', parseAsInteger.withDefault(1));
  const wanted = useDeferredValue(search);
  const fromTheTop = () => void setPage(null);
  return (
    <>
      <PageHeader title="Sources">
        <label className="flex items-center gap-1.5 text-muted">
          order
          <select
            value={sort}
            onChange={(event) => {
              void setSort(event.target.value as TargetSort);
              fromTheTop();
            }}
            className="min-h-7 rounded border border-line-strong bg-surface px-1.5 text-text"
          >
            {SORTS.map((name) => (
              <option key={name} value={name}>
                {TARGET_SORTS[name]}
              </option>
            ))}
          </select>
        </label>
        <SearchField
          value={search}
          onChange={(text) => {
            void setSearch(text);
            fromTheTop();
          }}
          label="Filter by name, address or error"
        />
      </PageHeader>
      <IntakePanel />
      <QueryContent query={query} what="The list of targets" skeletonHeight={480}>
        {({ items }) =>
          items.length === 0 ? (
            <NothingCollected />
          ) : (
            <Targets
              all={items}
              shown={sortTargets(items, wanted, sort)}
              filter={wanted}
              page={page}
              setPage={(next) => void setPage(next === 1 ? null : next)}
            />
          )
        }
      </QueryContent>
    </>
  );
}

function NothingCollected() {
  return (
    <Empty
      title="Nothing is collected yet."
      command={
        'auths:   { core: { version: 2c, communityFile: /etc/stallscope/community } }\ntargets: [{ name: leaf1, address: "10.0.0.11:161", collector: snmp, auth: core, interval: 5s }]'
      }
    >
      Add a target to stallscope.yaml; it is picked up without a restart. `stallscope check` tells what each one can
      show.
    </Empty>
  );
}

function Targets({
  all,
  shown,
  filter,
  page,
  setPage,
}: {
  all: readonly TargetHealth[];
  shown: readonly TargetHealth[];
  filter: string;
  page: number;
  setPage: (page: number) => void;
}) {
  const counts = countStates(all);
  const pages = Math.max(1, Math.ceil(shown.length / PAGE_SIZE));
  const at = Math.min(Math.max(1, page), pages);
  const first = (at - 1) * PAGE_SIZE;
  return (
    <>
      {counts.down > 0 && (
        <StaleNote className="mb-2">
          {formatPlural(counts.down, 'target')} silent: what {counts.down === 1 ? 'it' : 'they'} would have shown is
          missing everywhere else.
        </StaleNote>
      )}
      <Panel
        title={formatPlural(shown.length, 'target')}
        note={`${counts.ok} ok, ${counts.degraded} degraded, ${counts.down} down, ${counts.starting} starting`}
        actions={pages > 1 && <Pager page={at} pages={pages} first={first} total={shown.length} setPage={setPage} />}
      >
        {shown.length === 0 ? (
          <Empty title={`No target matches "${filter}".`} />
        ) : (
          <TargetTable targets={shown.slice(first, first + PAGE_SIZE)} />
        )}
      </Panel>
    </>
  );
}

function Pager({
  page,
  pages,
  first,
  total,
  setPage,
}: {
  page: number;
  pages: number;
  first: number;
  total: number;
  setPage: (page: number) => void;
}) {
  return (
    <nav aria-label="Pages of targets" className="flex items-center gap-2">
      <span aria-live="polite" className="text-xs text-muted">
        {first + 1} to {Math.min(first + PAGE_SIZE, total)} of {total}
      </span>
      <button type="button" className="button" disabled={page === 1} onClick={() => setPage(page - 1)}>
        Previous
      </button>
      <button type="button" className="button" disabled={page === pages} onClick={() => setPage(page + 1)}>
        Next
      </button>
    </nav>
  );
}
