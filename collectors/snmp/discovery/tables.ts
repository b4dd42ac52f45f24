import type { TableSpec } from '../profiles/profile.ts';
import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { type WalkedRow, walkTable } from '../wire/walk.ts';
import { number, text } from './device.ts';
import type { FoundInterface } from './interfaces.ts';

/** One row of a counter table: its index and the port and priority it speaks of. */
export interface FoundRow {
  index: number[];
  /** ifIndex of the port; -1 for rows that are of no use to us but lie between others. */
  ifIndex: number;
  /** PFC priority, or -1 for the whole port. */
  priority: number;
}

/** A counter table as this device serves it: what survives a restart as the row map. */
export interface FoundTable {
  table: string;
  rows: FoundRow[];
  /** Columns that at least one row has. */
  columns: number[];
}

/** Whether two tables have the same rows. */
export function sameRows(a: readonly FoundRow[], b: readonly FoundRow[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((row, r) => {
    const other = b[r];
    if (other === undefined || row.ifIndex !== other.ifIndex || row.priority !== other.priority) return false;
    return row.index.length === other.index.length && row.index.every((part, i) => part === other.index[i]);
  });
}

/** TruthValue true(1). */
const TRUE = 1;
const PRIORITIES = 8;

/** Walks one table of a profile; null where the device does not have it. */
export async function readTable(
  session: SnmpSession,
  spec: TableSpec,
  interfaces: readonly FoundInterface[],
): Promise<FoundTable | null> {
  const wanted = spec.columns.map(({ column }) => column);
  const extra = [spec.nameColumn, spec.enabledColumn].filter((column) => column !== undefined);
  const asked = [...new Set([...wanted, ...extra])];
  const presenceOnly = spec.zeroMeansMissing === true ? [] : wanted;
  const walked = await walkTable(session, parseOid(spec.entry), asked, { presenceOnly });
  const columns = wanted.filter((column) => walked.some((row) => row.values.has(column)));
  if (columns.length === 0 || (spec.zeroMeansMissing === true && allZero(walked, columns))) return null;
  const byName = new Map(interfaces.map((found) => [found.name, found.ifIndex]));
  const polled = new Set(interfaces.filter((found) => found.polled).map((found) => found.ifIndex));
  const firstPriority = lowestPriority(spec, walked);
  const rows = walked
    .filter((row) => columns.some((column) => row.values.has(column)))
    .map((row) => locate(spec, row, { byName, polled, firstPriority }));
  return rows.some((row) => row.ifIndex >= 0) ? { table: spec.table, rows, columns } : null;
}

function allZero(walked: readonly WalkedRow[], columns: readonly number[]): boolean {
  return walked.every((row) => columns.every((column) => (number(row.values.get(column)) ?? 0) === 0));
}

/** What priority 0 is called in this table: an agent that uses 0 after all does not count from 1 as its MIB says. */
function lowestPriority(spec: TableSpec, walked: readonly WalkedRow[]): number {
  const at = spec.index.indexOf('priorityFrom1');
  return at < 0 || walked.some(({ index }) => index[at] === 0) ? 0 : 1;
}

interface Known {
  byName: ReadonlyMap<string, number>;
  /** ifIndex of the ports that are read. */
  polled: ReadonlySet<number>;
  firstPriority: number;
}

function locate(spec: TableSpec, { index, values }: WalkedRow, { byName, polled, firstPriority }: Known): FoundRow {
  const useless = { index, ifIndex: -1, priority: -1 };
  if (index.length !== spec.index.length) return useless;
  if (spec.enabledColumn !== undefined && number(values.get(spec.enabledColumn)) !== TRUE) return useless;
  let ifIndex = -1;
  let priority = -1;
  for (let i = 0; i < index.length; i++) {
    const part = spec.index[i];
    const value = index[i] ?? 0;
    if (part === 'ifIndex') ifIndex = value;
    else if (part === 'priority') priority = value;
    else if (part === 'priorityFrom1') priority = value - firstPriority;
    else if (Array.isArray(part) && !part.includes(value)) return useless;
  }
  if (spec.nameColumn !== undefined) ifIndex = byName.get(text(values.get(spec.nameColumn))) ?? -1;
  if (!polled.has(ifIndex) || priority >= PRIORITIES) return useless;
  return { index, ifIndex, priority };
}
