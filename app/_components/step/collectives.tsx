'use client';

import type { ReactNode } from 'react';
import type { StepExplanation } from '../../../lib/api/types.ts';
import { formatSeconds } from '../../../lib/format/durations.ts';
import { formatCount, formatPlural, formatSi } from '../../../lib/format/numbers.ts';
import { Panel } from '../panel.tsx';
import { ScrollRegion } from '../scroll-region.tsx';
import { StaleNote } from '../states.tsx';

type Collectives = NonNullable<StepExplanation['collectives']>;
type Waits = NonNullable<StepExplanation['waits']>;

/** What the collective operations within a step tell of it; nothing where no source tells their times. */
export function CollectivesPanel({ collectives, waits = [] }: Pick<StepExplanation, 'collectives' | 'waits'>) {
  if (collectives === undefined) return null;
  return (
    <Panel
      title="Collectives"
      note={`${formatPlural(collectives.operations, 'operation')} on record; who waited is a hint, no proof`}
    >
      {collectives.missing > 0 && (
        <StaleNote className="mb-1">
          {formatPlural(collectives.missing, 'operation is', 'operations are')} not on record: lost before they were
          written, or too small to be.
        </StaleNote>
      )}
      <ScrollRegion label="Collectives of this step" className="overflow-x-auto">
        {waits.length > 0 && <WaitTable waits={waits} />}
        <LongestTable longest={collectives.longest} />
      </ScrollRegion>
    </Panel>
  );
}

function WaitTable({ waits }: { waits: Waits }) {
  return (
    <table className="mb-2 w-full">
      <Head first="the others waited for" columns={['came last', 'waited']} />
      <tbody className="divide-y divide-line">
        {waits.map(({ commId, rank, host, last, of, waitedSeconds }) => (
          <tr key={`${commId} ${rank}`}>
            <th scope="row" className="max-w-56 truncate py-1 pr-3 text-left font-normal" title={commId}>
              rank {rank}
              {host !== undefined && <span className="text-muted"> {host}</span>}
            </th>
            <Cell>
              {formatCount(last)} of {formatCount(of)}
            </Cell>
            <Cell>{formatSeconds(waitedSeconds)}</Cell>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LongestTable({ longest }: { longest: Collectives['longest'] }) {
  return (
    <table className="w-full">
      <Head first="longest" columns={['size', 'took', 'bus']} />
      <tbody className="divide-y divide-line">
        {longest.map(({ collectiveKind, messageBytes, execTimeUs, busGBPerSec, rank, host }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two ranks may tell the same of one operation
          <tr key={index}>
            <th scope="row" className="max-w-56 truncate py-1 pr-3 text-left font-normal">
              {collectiveKind}
              <span className="text-muted">
                {rank !== undefined && ` rank ${rank}`}
                {host !== undefined && ` ${host}`}
              </span>
            </th>
            <Cell>{formatSi(messageBytes, 'B')}</Cell>
            <Cell>{formatSeconds(execTimeUs / 1e6)}</Cell>
            <Cell>{busGBPerSec == null ? 'not told' : formatSi(busGBPerSec * 1e9, 'B/s')}</Cell>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Head({ first, columns }: { first: string; columns: readonly string[] }) {
  return (
    <thead className="text-muted">
      <tr>
        <th scope="col" className="pr-3 text-left font-normal">
          {first}
        </th>
        {columns.map((column) => (
          <th scope="col" key={column} className="pl-3 text-right font-normal">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Cell({ children }: { children: ReactNode }) {
  return <td className="whitespace-nowrap py-1 pl-3 text-right tabular-nums">{children}</td>;
}
