import type { ReactNode } from 'react';
import type { PortRow } from '../../../lib/api/types.ts';
import { markBound } from '../../../lib/format/numbers.ts';
import { formatField } from '../../../lib/format/values.ts';
import type { SampleField } from '../../../lib/samples/fields.ts';
import { heatColours } from '../../_lib/heat.ts';
import { heatStyle } from '../../_lib/heat-style.ts';
import { PORT_COLUMNS, type PortSort } from '../../_lib/port-rows.ts';
import { PortLink } from '../port-link.tsx';

/** One column of the list of ports. */
export interface PortColumn {
  id: string;
  header: string;
  /** CSS pixels. */
  width: number;
  number: boolean;
  /** What the monitor sorts by for it; null where it cannot. */
  sort: PortSort | null;
  cell: (row: PortRow) => ReactNode;
}

const NUMBER_WIDTH = 96;

export const COLUMNS: readonly PortColumn[] = [
  {
    id: 'port',
    header: 'port',
    width: 230,
    number: false,
    sort: 'port',
    cell: (row) => <PortLink port={row} />,
  },
  ...PORT_COLUMNS.map(({ field, header }) => ({
    id: field,
    header,
    width: NUMBER_WIDTH,
    number: true,
    sort: field,
    cell: (row: PortRow) => <Value row={row} field={field} />,
  })),
  {
    id: 'peer',
    header: 'other end',
    width: 190,
    number: false,
    sort: null,
    cell: ({ peer }) => (peer === null ? <span className="text-muted">not known</span> : <PortLink port={peer} />),
  },
  { id: 'jobs', header: 'jobs', width: 130, number: false, sort: null, cell: ({ jobs }) => jobs.join(', ') },
];

function Value({ row, field }: { row: PortRow; field: SampleField }) {
  const value = row.latest[field];
  if (value === undefined) {
    return (
      <span className="text-muted" title="not exposed">
        –
      </span>
    );
  }
  const pause = field === 'rxPauseFraction' || field === 'txPauseFraction';
  const text = markBound(formatField(field, value), row.bounded.includes(field) && value > 0);
  return pause && value >= 0.005 ? (
    <span className="heat-cell rounded-xs px-1" style={heatStyle(heatColours(value))}>
      {text}
    </span>
  ) : (
    <span className={value === 0 ? 'text-muted' : undefined}>{text}</span>
  );
}
