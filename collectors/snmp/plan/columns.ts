import type { FoundRow, FoundTable } from '../discovery/tables.ts';
import type { ColumnSpec, IndexPart, TableSpec } from '../profiles/profile.ts';

/** A table of the profile together with what this device serves of it. */
export interface UsableTable {
  spec: TableSpec;
  found: FoundTable;
}

/** A column that is asked, and whether its priorities are added up into the port as well. */
export interface ChosenColumn {
  table: TableSpec;
  spec: ColumnSpec;
  totals: boolean;
}

/** Columns with the same rows, asked together. */
export interface ColumnGroup {
  columns: ChosenColumn[];
  rows: FoundRow[];
}

/** Columns asked in one request at most: some agents refuse long variable lists. */
export const MAX_COLUMNS = 12;

/** Name of what a column gives, whatever the priority. */
export function targetName(spec: ColumnSpec): string {
  const { to } = spec;
  if ('counter' in to) return to.counter;
  return 'gauge' in to ? to.gauge : to.state;
}

/**
 * Picks one source for each thing a port can tell, per priority and for the whole port: the first table that has it.
 * @param tables in order of preference
 * @param maxColumns columns asked in one request at most
 */
export function chooseColumns(tables: readonly UsableTable[], maxColumns: number): ColumnGroup[] {
  const owner = new Map<string, TableSpec>();
  const take = (key: string, table: TableSpec): boolean => {
    const before = owner.get(key);
    if (before === undefined) owner.set(key, table);
    return before === undefined || before === table;
  };
  const groups = new Map<string, ColumnGroup[]>();
  for (const { spec: table, found } of tables) {
    for (const spec of table.columns) {
      if (!found.columns.includes(spec.column)) continue;
      const perPriority = spec.priority !== undefined || table.index.some((part) => isPriority(part));
      const name = targetName(spec);
      const own = take(`${name}|${perPriority ? 'priority' : 'port'}`, table);
      const totals = spec.totalsPort === true && perPriority && take(`${name}|port`, table);
      if (own || totals) addToGroup(groups, found.rows, { table, spec, totals }, maxColumns);
    }
  }
  return [...groups.values()].flat();
}

function isPriority(part: IndexPart): boolean {
  return part === 'priority' || part === 'priorityFrom1';
}

function addToGroup(
  groups: Map<string, ColumnGroup[]>,
  rows: FoundRow[],
  column: ChosenColumn,
  maxColumns: number,
): void {
  const key = rows.map((row) => `${row.index.join('.')}:${row.ifIndex}:${row.priority}`).join(' ');
  const same = groups.get(key) ?? [];
  groups.set(key, same);
  const last = same.at(-1);
  if (last !== undefined && last.columns.length < maxColumns) last.columns.push(column);
  else same.push({ columns: [column], rows });
}
