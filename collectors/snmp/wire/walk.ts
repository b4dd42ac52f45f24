import { CollectorError } from '../../../lib/errors.ts';
import { type Answer, ERROR_STATUS, getBulkPdu, getPdu } from './message.ts';
import { compareOids, encodeOid, startsWith } from './oid.ts';
import type { SnmpSession } from './session.ts';
import { readVarbinds, type SnmpValue, type Varbind } from './value.ts';

/** One row of a table: the index behind the column, and the values of the columns asked for (missing ones left out). */
export interface WalkedRow {
  index: number[];
  values: Map<number, SnmpValue>;
}

export interface WalkOptions {
  /** Rows asked per request. */
  maxRepetitions?: number;
  /** More rows than this is not a switch: the walk stops and says so. */
  maxRows?: number;
}

const DEFAULT_REPETITIONS = 20;
const DEFAULT_MAX_ROWS = 200_000;

/**
 * Reads columns of a table, all of them in each request, until every column has ended. Columns that a device does
 * not have cost nothing after the first answer.
 * @param entry OID of the table's entry, e.g. 1.3.6.1.2.1.2.2.1 for ifEntry
 * @returns rows in order of index
 * @throws CollectorError when the device does not answer, or answers names that do not grow
 */
export async function walkTable(
  session: SnmpSession,
  entry: readonly number[],
  columns: readonly number[],
  options: WalkOptions = {},
): Promise<WalkedRow[]> {
  const maxRows = options.maxRows ?? DEFAULT_MAX_ROWS;
  const rows = new Map<string, WalkedRow>();
  let repetitions = options.maxRepetitions ?? DEFAULT_REPETITIONS;
  let open = columns.map((column) => ({ column, prefix: [...entry, column], last: [...entry, column] }));
  while (open.length > 0) {
    const answer = await session.request(
      getBulkPdu(
        open.map(({ last }) => encodeOid(last)),
        0,
        repetitions,
      ),
    );
    if (answer.errorStatus === 1 && repetitions > 1) {
      repetitions = Math.floor(repetitions / 2);
      continue;
    }
    refuseErrorStatus(answer);
    const varbinds = readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
    open = takeRows(open, varbinds, rows);
    if (rows.size > maxRows) throw new CollectorError('too_large', `table ${entry.join('.')} has over ${maxRows} rows`);
  }
  return [...rows.values()].sort((a, b) => compareOids(a.index, b.index));
}

interface OpenColumn {
  column: number;
  prefix: number[];
  last: number[];
}

/** Sorts the varbinds of one answer into rows and answers the columns that go on. */
function takeRows(open: OpenColumn[], varbinds: Varbind[], rows: Map<string, WalkedRow>): OpenColumn[] {
  if (varbinds.length === 0) return [];
  const ended = new Set<OpenColumn>();
  for (let i = 0; i < varbinds.length; i++) {
    const column = open[i % open.length];
    const varbind = varbinds[i];
    if (!column || !varbind || ended.has(column)) continue;
    if (varbind.value.kind === 'missing' || !startsWith(varbind.oid, column.prefix)) {
      ended.add(column);
      continue;
    }
    if (compareOids(varbind.oid, column.last) <= 0) {
      throw new CollectorError(
        'malformed',
        `the agent answered ${varbind.oid.join('.')} after ${column.last.join('.')}: names must grow in a walk`,
      );
    }
    column.last = varbind.oid;
    const index = varbind.oid.slice(column.prefix.length);
    const key = index.join('.');
    let row = rows.get(key);
    if (!row) {
      row = { index, values: new Map() };
      rows.set(key, row);
    }
    row.values.set(column.column, varbind.value);
  }
  // A column that this answer never reached (a short answer) is asked again from where it stood.
  const reached = Math.min(open.length, varbinds.length);
  if (reached < open.length) return [...open.slice(0, reached).filter((c) => !ended.has(c)), ...open.slice(reached)];
  return open.filter((column) => !ended.has(column));
}

/**
 * Reads scalars and single instances. A name the device does not have is left out of the answer.
 * @param oids full instance OIDs, e.g. 1.3.6.1.2.1.1.3.0
 */
export async function getScalars<Name extends string>(
  session: SnmpSession,
  oids: Readonly<Record<Name, readonly number[]>>,
  priority: 'urgent' | 'patient' = 'patient',
): Promise<Partial<Record<Name, SnmpValue>>> {
  const names = Object.keys(oids) as Name[];
  const answer = await session.request(getPdu(names.map((name) => encodeOid(oids[name]))), priority);
  refuseErrorStatus(answer);
  const values: Partial<Record<Name, SnmpValue>> = {};
  for (const varbind of readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd)) {
    const name = names.find((candidate) => compareOids(oids[candidate], varbind.oid) === 0);
    if (name !== undefined && varbind.value.kind !== 'missing') values[name] = varbind.value;
  }
  return values;
}

/** The first instance of an object, scalar or column; undefined where the device has none. */
export async function readFirst(session: SnmpSession, object: readonly number[]): Promise<SnmpValue | undefined> {
  const answer = await session.request(getBulkPdu([encodeOid(object)], 0, 1));
  refuseErrorStatus(answer);
  const [first] = readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
  return first !== undefined && startsWith(first.oid, object) && first.value.kind !== 'missing'
    ? first.value
    : undefined;
}

/** @throws CollectorError naming the error-status the agent answered */
export function refuseErrorStatus(answer: Answer): void {
  const { errorStatus } = answer;
  if (errorStatus === 0) return;
  const name = ERROR_STATUS[errorStatus] ?? `error ${errorStatus}`;
  const denied = errorStatus === 6 || errorStatus === 16;
  if (denied) {
    const message = `the agent answered ${name}: it does not let this community or user read here; give it the rights, or a user its securityLevel`;
    throw new CollectorError('unauthorized', message);
  }
  throw new CollectorError('unsupported', `the agent answered ${name}`);
}
