'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { BlockedStrip } from '../_components/blocked-strip.tsx';
import { Ago } from '../_components/clock-provider.tsx';
import { FabricHeat } from '../_components/fabric-heat.tsx';
import { useLostMs } from '../_components/live-provider.tsx';
import { TopPorts } from '../_components/overview/top-ports.tsx';
import { PageHeader } from '../_components/page-header.tsx';
import { Panel } from '../_components/panel.tsx';
import { QueryContent } from '../_components/query-panel.tsx';
import { StaleNote } from '../_components/states.tsx';
import { kindLabel } from '../_lib/causes.ts';
import { overviewFreshness } from '../_lib/freshness.ts';
import { worstFirst } from '../_lib/incidents.ts';
import { portName } from '../_lib/paths.ts';
import { overviewQuery, stripQuery } from '../_lib/queries.ts';

/** Where is it? The map, with the ports of one incident outlined on request. */
export function FabricScreen() {
  const query = useQuery(overviewQuery);
  const lostMs = useLostMs();
  const strip = useQuery(stripQuery);
  const [selected, setSelected] = useQueryState('sel', parseAsString.withDefault(''));
  const incidents = useMemo(() => worstFirst(query.data?.incidents ?? []), [query.data]);
  const marked = useMemo(() => {
    const incident = incidents.find((one) => one.id === selected);
    if (incident === undefined) return undefined;
    const root = { device: incident.rootDevice, port: incident.rootPort };
    const onPath = incident.edges.flatMap((edge) => [edge.from, edge.to]);
    return new Set([root, ...incident.victims, ...onPath].map(portName));
  }, [incidents, selected]);
  return (
    <>
      <PageHeader title="Fabric">
        <label className="flex items-center gap-1.5">
          outline
          <select
            className="min-h-7 max-w-72 rounded border border-line-strong bg-surface px-1"
            value={marked === undefined ? '' : selected}
            onChange={(event) => void setSelected(event.target.value || null)}
          >
            <option value="">no incident</option>
            {incidents.map((incident) => (
              <option key={incident.id} value={incident.id}>
                {kindLabel(incident.kind)} at {incident.rootDevice}/{incident.rootPort}
              </option>
            ))}
          </select>
        </label>
      </PageHeader>
      <QueryContent query={query} what="The map" skeletonHeight={420}>
        {(view) => {
          const freshness = overviewFreshness(view, lostMs);
          const { newestSampleMs, silent, stale } = view.coverage;
          const unseen = [...silent.map(({ target }) => target), ...stale.map(({ device }) => device)];
          return (
            <div className="grid grid-cols-1 gap-3 lg:grid-cols-12">
              {unseen.length > 0 && (
                <StaleNote className="lg:col-span-12">
                  No new data from {unseen.slice(0, 6).join(', ')}
                  {unseen.length > 6 && ` and ${unseen.length - 6} more`}: {unseen.length === 1 ? 'its' : 'their'} side
                  of the map is hatched.
                </StaleNote>
              )}
              <Panel
                title="Blocked time"
                note="% of the last interval, worst link end between two switches; hosts: worst host-facing port of the leaf"
                stale={freshness !== 'fresh'}
                className="lg:col-span-9"
                actions={
                  newestSampleMs !== null && (
                    <span className="text-xs text-muted">
                      newest sample <Ago timestampMs={newestSampleMs} />
                    </span>
                  )
                }
              >
                <FabricHeat
                  heat={view.heat}
                  stale={freshness === 'stale'}
                  {...(marked === undefined ? {} : { marked })}
                />
              </Panel>
              <Panel title="Top ports" note="blocked share of time" className="lg:col-span-3">
                <TopPorts ports={view.topPorts} most={10} freshness={freshness} telling={view.coverage.tellingPorts} />
              </Panel>
              <Panel
                title="Last quarter of an hour"
                note="% of time blocked, worst port of each switch"
                className="lg:col-span-12"
              >
                <QueryContent query={strip} what="The strip" skeletonHeight={160}>
                  {(answer) => <BlockedStrip strip={answer} />}
                </QueryContent>
              </Panel>
            </div>
          );
        }}
      </QueryContent>
    </>
  );
}
