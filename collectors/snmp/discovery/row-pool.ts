import { type FoundRow, sameRows } from './tables.ts';

/**
 * Keeps one copy of rows that many tables and devices have: switches of one model have the same, and the row maps of a
 * fabric would else take more memory than its counters.
 */
export class RowPool {
  private readonly known = new Map<number, WeakRef<FoundRow[]>>();

  /** These rows, or an equal set that is in use already. Rows are never changed. */
  share(rows: FoundRow[]): FoundRow[] {
    const key = hashOf(rows);
    const other = this.known.get(key)?.deref();
    if (other !== undefined && sameRows(other, rows)) return other;
    this.known.set(key, new WeakRef(rows));
    return rows;
  }
}

/** FNV-1a over the numbers of all rows. */
function hashOf(rows: readonly FoundRow[]): number {
  let hash = 0x811c9dc5;
  const add = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  for (const { index, ifIndex, priority } of rows) {
    add(ifIndex);
    add(priority);
    for (const part of index) add(part);
  }
  return hash >>> 0;
}
