'use client';

import { useQueries } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import { useEffect, useRef } from 'react';
import type { PortRow } from '../../../lib/api/types.ts';
import { blocksOf, PORT_BLOCK, type PortSort, type PortView } from '../../_lib/port-rows.ts';
import { portsQuery } from '../../_lib/queries.ts';
import { ScrollRegion } from '../scroll-region.tsx';
import { COLUMNS, type PortColumn } from './port-columns.tsx';

const ROW_HEIGHT = 28;

/**
 * The list of ports: the monitor sorts and filters, and only the blocks in view are read and only the rows in view
 * exist in the page, so that 30,000 of them scroll like 30.
 */
export function PortTable({
  view,
  total,
  onSort,
}: {
  view: PortView;
  /** Ports that match. */
  total: number;
  onSort: (sort: PortSort, desc: boolean) => void;
}) {
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    initialRect: { width: 1200, height: 700 },
  });
  const items = virtual.getVirtualItems();
  const blocks = blocksOf(items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const answers = useQueries({ queries: blocks.map((block) => portsQuery(view, block)) });
  const rowAt = (index: number): PortRow | undefined => {
    const block = Math.floor(index / PORT_BLOCK);
    return answers[blocks.indexOf(block)]?.data?.items[index - block * PORT_BLOCK];
  };
  const order = `${view.sort} ${view.desc} ${view.search}`;
  const shownOrder = useRef(order);
  useEffect(() => {
    // Another order or filter is another list: it begins at its top.
    if (shownOrder.current !== order) scroller.current?.scrollTo({ top: 0 });
    shownOrder.current = order;
  }, [order]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <ScrollRegion
      ref={scroller}
      label="Ports"
      className="overflow-auto rounded-md border border-line bg-surface"
      style={{ maxHeight: 'calc(100vh - 8.5rem)', minHeight: 240 }}
    >
      <table className="w-full table-fixed border-collapse" style={{ minWidth: 1220 }} aria-rowcount={total + 1}>
        <colgroup>
          {COLUMNS.map(({ id, width }) => (
            <col key={id} style={{ width }} />
          ))}
        </colgroup>
        <thead className="sticky top-0 z-10 bg-raised">
          <tr>
            {COLUMNS.map((column) => (
              <Header key={column.id} column={column} view={view} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map(({ index }) => (
            <Row key={index} index={index} row={rowAt(index)} />
          ))}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Row({ index, row }: { index: number; row: PortRow | undefined }) {
  return (
    <tr
      aria-rowindex={index + 2}
      className={clsx('border-t border-line hover:bg-raised', row?.stale === true && 'hatched')}
      style={{ height: ROW_HEIGHT }}
    >
      {row === undefined ? (
        <td colSpan={COLUMNS.length} className="px-2 text-muted">
          reading…
        </td>
      ) : (
        COLUMNS.map(({ id, number, cell }) => (
          <td key={id} className={clsx('truncate px-2', number && 'text-right')}>
            {cell(row)}
          </td>
        ))
      )}
    </tr>
  );
}

function Header({
  column: { header, number, sort },
  view,
  onSort,
}: {
  column: PortColumn;
  view: PortView;
  onSort: (sort: PortSort, desc: boolean) => void;
}) {
  const sorted = sort !== null && sort === view.sort;
  // Numbers begin with the largest, names with the first; a second click turns it round.
  const next = sorted ? !view.desc : number;
  return (
    <th
      scope="col"
      aria-sort={sorted ? (view.desc ? 'descending' : 'ascending') : undefined}
      className={clsx('h-8 px-2', number ? 'text-right' : 'text-left')}
    >
      {sort === null ? (
        header
      ) : (
        <button
          type="button"
          className={clsx('hover:underline', sorted && 'font-semibold')}
          onClick={() => onSort(sort, next)}
        >
          {header} <span aria-hidden>{sorted ? (view.desc ? '▼' : '▲') : ''}</span>
        </button>
      )}
    </th>
  );
}
