'use client';

import { useQuery } from '@tanstack/react-query';
import type { IntakeView } from '../../../lib/api/types.ts';
import { formatCount, formatPlural } from '../../../lib/format/numbers.ts';
import { intakeQuery } from '../../_lib/queries.ts';
import { Ago } from '../clock-provider.tsx';
import { SeverityMark } from '../mark.tsx';
import { Panel } from '../panel.tsx';
import { QueryContent } from '../query-panel.tsx';

/** What the monitor itself did not take: the configuration when it was last read, and pushed records. */
export function IntakePanel() {
  const query = useQuery(intakeQuery);
  const { data } = query;
  if (query.error === null && data?.config === null && data.refusals.length === 0) {
    return <p className="mb-2 text-muted">Configuration as read at the start; nothing that was pushed was refused.</p>;
  }
  return (
    <Panel title="Configuration and pushed data" className="mb-2">
      <QueryContent query={query} what="What was refused" skeletonRows={2}>
        {(intake) => (
          <ul className="flex flex-col gap-1">
            <ConfigLine config={intake.config} />
            <RefusalLines refusals={intake.refusals} />
          </ul>
        )}
      </QueryContent>
    </Panel>
  );
}

function ConfigLine({ config }: Pick<IntakeView, 'config'>) {
  if (config === null) return <li className="text-muted">Configuration: as read at the start.</li>;
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <SeverityMark severity={config.ok ? 'ok' : 'critical'} word={false} />
      <span>
        Configuration {config.ok ? 'reloaded' : 'not reloaded, the one before stays in force'},{' '}
        <Ago timestampMs={config.atMs} />:
      </span>
      <span className="min-w-0 font-mono text-xs [overflow-wrap:anywhere]">{config.message}</span>
    </li>
  );
}

function RefusalLines({ refusals }: Pick<IntakeView, 'refusals'>) {
  if (refusals.length === 0) return <li className="text-muted">Pushed data: nothing refused since the start.</li>;
  return refusals.map(({ door, records, lastMs, lastDetail }) => (
    <li key={door} className="flex flex-wrap items-baseline gap-x-2">
      <SeverityMark severity="warning" word={false} />
      <span title={`${formatCount(records)} since the start`}>
        {door}: {formatPlural(records, 'record')} refused, the last <Ago timestampMs={lastMs} />:
      </span>
      <span className="min-w-0 font-mono text-xs [overflow-wrap:anywhere]">{lastDetail}</span>
    </li>
  ));
}
