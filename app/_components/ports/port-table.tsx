'use client';

import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import { parseAsBoolean, parseAsString, useQueryStates } from 'nuqs';
import { useMemo, useRef } from 'react';
import type { PortRow } from '../../../lib/api/types.ts';
import { formatField } from '../../../lib/format/values.ts';
import type { SampleField } from '../../../lib/samples/fields.ts';
import { heatColours } from '../../_lib/heat.ts';
import { heatStyle } from '../../_lib/heat-style.ts';
import { portName } from '../../_lib/paths.ts';
import { compareNames, PORT_COLUMNS } from '../../_lib/port-rows.ts';
import { PortLink } from '../port-link.tsx';
import { ScrollRegion } from '../scroll-region.tsx';

const ROW_HEIGHT = 28;
const WIDTHS: Readonly<Record<string, number>> = { port: 230, peer: 190, jobs: 130 };
const NUMBER_WIDTH = 96;

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
const helper = createColumnHelper<typeof features, PortRow>();
const columns = helper.columns([
  helper.accessor((row) => portName(row), {
    id: 'port',
    header: 'port',
    sortDescFirst: false,
    sortFn: (a, b) => compareNames(a.original, b.original),
    cell: ({ row }) => <PortLink port={row.original} />,
  }),
  ...PORT_COLUMNS.map(({ field, header }) =>
    helper.accessor((row) => row.latest[field], {
      id: field,
      header,
      sortUndefined: 'last',
      sortDescFirst: true,
      sortFn: (a, b) => (a.original.latest[field] ?? 0) - (b.original.latest[field] ?? 0),
      cell: ({ row }) => <Value row={row.original} field={field} />,
    }),
  ),
  helper.accessor((row) => (row.peer === null ? undefined : portName(row.peer)), {
    id: 'peer',
    header: 'other end',
    enableSorting: false,
    cell: ({ row }) =>
      row.original.peer === null ? (
        <span className="text-muted">not known</span>
      ) : (
        <PortLink port={row.original.peer} />
      ),
  }),
  helper.accessor((row) => row.jobs.join(', '), {
    id: 'jobs',
    header: 'jobs',
    enableSorting: false,
    cell: ({ row }) => row.original.jobs.join(', '),
  }),
]);

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
  const text = formatField(field, value);
  return pause && value >= 0.005 ? (
    <span className="heat-cell rounded-xs px-1" style={heatStyle(heatColours(value))}>
      {text}
    </span>
  ) : (
    <span className={value === 0 ? 'text-muted' : undefined}>{text}</span>
  );
}

/** The list of ports: only the rows in view exist in the page, so that 30,000 of them scroll like 30. */
export function PortTable({ rows }: { rows: PortRow[] }) {
  const scroller = useRef<HTMLElement>(null);
  const [sort, setSort] = useQueryStates(
    { sort: parseAsString.withDefault('rxPauseFraction'), desc: parseAsBoolean.withDefault(true) },
    { clearOnDefault: true },
  );
  const sorting = useMemo<SortingState>(() => [{ id: sort.sort, desc: sort.desc }], [sort.sort, sort.desc]);
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: (row) => JSON.stringify([row.device, row.port]),
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange: (change) => {
      const next = (typeof change === 'function' ? change(sorting) : change)[0];
      if (next !== undefined) void setSort({ sort: next.id, desc: next.desc });
    },
  });
  const sorted = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    initialRect: { width: 1200, height: 700 },
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <ScrollRegion
      ref={scroller}
      label="Ports"
      className="overflow-auto rounded-md border border-line bg-surface"
      style={{ maxHeight: 'calc(100vh - 8.5rem)', minHeight: 240 }}
    >
      <table
        className="w-full table-fixed border-collapse"
        style={{ minWidth: 1220 }}
        aria-rowcount={sorted.length + 1}
      >
        <colgroup>
          {table.getAllLeafColumns().map((column) => (
            <col key={column.id} style={{ width: WIDTHS[column.id] ?? NUMBER_WIDTH }} />
          ))}
        </colgroup>
        <thead className="sticky top-0 z-10 bg-raised">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <Header key={header.id} name={String(header.column.columnDef.header)} column={header.column} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map((item) => {
            const row = sorted[item.index];
            if (row === undefined) return null;
            return (
              <tr
                key={row.id}
                aria-rowindex={item.index + 2}
                className={clsx('border-t border-line hover:bg-raised', row.original.stale && 'hatched')}
                style={{ height: ROW_HEIGHT }}
              >
                {row.getAllCells().map((cell) => (
                  <td
                    key={cell.id}
                    className={clsx('truncate px-2', WIDTHS[cell.column.id] === undefined && 'text-right')}
                  >
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

interface SortableColumn {
  id: string;
  getCanSort: () => boolean;
  getIsSorted: () => false | 'asc' | 'desc';
  toggleSorting: () => void;
}

function Header({ name, column }: { name: string; column: SortableColumn }) {
  const sorted = column.getIsSorted();
  const align = WIDTHS[column.id] === undefined ? 'text-right' : 'text-left';
  return (
    <th
      scope="col"
      aria-sort={sorted === false ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
      className={clsx('h-8 px-2', align)}
    >
      {column.getCanSort() ? (
        <button
          type="button"
          className={clsx('hover:underline', sorted !== false && 'font-semibold')}
          onClick={() => column.toggleSorting()}
        >
          {name} <span aria-hidden>{sorted === false ? '' : sorted === 'asc' ? '▲' : '▼'}</span>
        </button>
      ) : (
        name
      )}
    </th>
  );
}
