'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsBoolean, parseAsString, useQueryStates } from 'nuqs';
import { formatPlural } from '../../lib/format/numbers.ts';
import { IncidentList } from '../_components/overview/incident-list.tsx';
import { PageHeader } from '../_components/page-header.tsx';
import { Panel } from '../_components/panel.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { Empty } from '../_components/states.tsx';
import { kindLabel } from '../_lib/causes.ts';
import { incidentsQuery, jobsQuery } from '../_lib/queries.ts';

/** Every incident the monitor remembers, worst first. */
export function IncidentsScreen() {
  const query = useQuery(incidentsQuery);
  const jobs = useQuery(jobsQuery);
  const [filter, setFilter] = useQueryStates({
    kind: parseAsString.withDefault(''),
    open: parseAsBoolean.withDefault(false),
  });
  const kinds = [...new Set((query.data?.items ?? []).map((incident) => incident.kind))].sort();
  return (
    <>
      <PageHeader title="Incidents">
        <label className="flex items-center gap-1.5">
          <input
            type="checkbox"
            checked={filter.open}
            onChange={(event) => void setFilter({ open: event.target.checked || null })}
          />
          open only
        </label>
        <label className="flex items-center gap-1.5">
          kind
          <select
            className="min-h-7 rounded border border-line-strong bg-surface px-1"
            value={filter.kind}
            onChange={(event) => void setFilter({ kind: event.target.value || null })}
          >
            <option value="">all</option>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {kindLabel(kind)}
              </option>
            ))}
          </select>
        </label>
      </PageHeader>
      <QueryContent query={query} what="The list of incidents" skeletonHeight={300}>
        {(page) => {
          const shown = page.items.filter(
            (incident) =>
              (filter.kind === '' || incident.kind === filter.kind) && (!filter.open || incident.endMs === null),
          );
          return (
            <Panel title={formatPlural(shown.length, 'incident')} note="open before ended, worst first">
              {shown.length === 0 && page.items.length > 0 ? (
                <Empty title="No incident matches the filter." />
              ) : (
                <IncidentList incidents={shown} jobs={jobs.data?.items ?? []} />
              )}
            </Panel>
          );
        }}
      </QueryContent>
    </>
  );
}
