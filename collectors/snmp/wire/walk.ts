import { CollectorError, ParseError } from '../../../lib/errors.ts';
import { BerReader, TAG } from './ber.ts';
import { type Answer, ERROR_STATUS, getBulkPdu, getPdu, TOO_BIG } from './message.ts';
import { compareOids, decodeIndex, encodeIndex, encodeOid, startsWith } from './oid.ts';
import type { SnmpSession } from './session.ts';
import { readValue, readVarbinds, type SnmpValue } from './value.ts';
import { WalkPace } from './walk-pace.ts';

/** Values of one row by column; the columns a row does not have are left out. */
export class RowValues {
  private readonly cells: (SnmpValue | undefined)[] = [];

  constructor(private readonly columns: readonly number[]) {}

  get(column: number): SnmpValue | undefined {
    return this.cells[this.columns.indexOf(column)];
  }

  has(column: number): boolean {
    return this.get(column) !== undefined;
  }

  /** @param position place of the column among the columns asked for */
  put(position: number, value: SnmpValue): void {
    this.cells[position] = value;
  }
}

/** One row of a table: the index behind the column, and its values. */
export interface WalkedRow {
  index: number[];
  values: RowValues;
}

export interface WalkOptions {
  /** Rows asked per request at most. */
  maxRepetitions?: number;
  /** More rows than this is not a switch: the walk stops and says so. */
  maxRows?: number;
  /** Columns of which only the presence is wanted: their values all read as 0. */
  presenceOnly?: readonly number[];
}

const DEFAULT_REPETITIONS = 50;
const DEFAULT_MAX_ROWS = 200_000;
const PRESENT: SnmpValue = { kind: 'number', value: 0 };

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
  const walk = new TableWalk(entry, columns, options);
  const { maxAnswerBytes = Number.POSITIVE_INFINITY, security } = session.options;
  const { maxRepetitions = DEFAULT_REPETITIONS } = options;
  const pace = new WalkPace(columns.length, maxRepetitions, maxAnswerBytes, security.headBytes);
  while (walk.open.length > 0) {
    const asked = walk.open.slice(0, pace.columns(walk.open.length));
    const rows = pace.rows(asked.length);
    const names = asked.map(({ prefix, last }) => Buffer.concat([prefix, encodeIndex(last)]));
    const answer = await session.request(getBulkPdu(names, 0, rows)).catch((error: unknown) => {
      if (isTimeout(error) && pace.lost(rows, asked.length)) return null;
      throw error;
    });
    if (answer === null) continue;
    if (answer.errorStatus === TOO_BIG && pace.tooBig(rows, asked.length)) continue;
    refuseErrorStatus(answer);
    pace.answered(answer.varbindsEnd - answer.varbindsStart, walk.take(answer, asked), asked.length);
  }
  return walk.sorted();
}

function isTimeout(error: unknown): boolean {
  return error instanceof CollectorError && error.code === 'timeout';
}

/** A column that goes on, and the index it has come to. */
interface OpenColumn {
  position: number;
  prefix: Buffer;
  last: readonly number[];
  presenceOnly: boolean;
}

/** A walk under way. Works on the datagrams' own bytes: of a name only a new index becomes numbers. */
class TableWalk {
  open: OpenColumn[];
  private readonly rows = new Map<string, WalkedRow>();
  private readonly maxRows: number;

  constructor(
    private readonly entry: readonly number[],
    private readonly columns: readonly number[],
    { maxRows = DEFAULT_MAX_ROWS, presenceOnly = [] }: WalkOptions,
  ) {
    this.maxRows = maxRows;
    this.open = columns.map((column, position) => ({
      position,
      prefix: encodeOid([...entry, column]),
      last: [],
      presenceOnly: presenceOnly.includes(column),
    }));
  }

  sorted(): WalkedRow[] {
    return [...this.rows.values()].sort((a, b) => compareOids(a.index, b.index));
  }

  /** Sorts the variables of one answer into rows and closes the columns that have ended. @returns how many there were */
  take({ bytes, varbindsStart, varbindsEnd }: Answer, asked: readonly OpenColumn[]): number {
    const ended = new Set<OpenColumn>();
    const reader = new BerReader(bytes, varbindsStart, varbindsEnd);
    let variables = 0;
    for (; reader.at < varbindsEnd; variables++) {
      const column = asked[variables % asked.length] as OpenColumn;
      if (!this.takeOne(reader, column, ended.has(column))) ended.add(column);
    }
    // A column that this answer did not reach is asked again from where it stood; an empty answer ends them all.
    this.open = this.open.filter((column) => !ended.has(column) && (variables > 0 || !asked.includes(column)));
    if (this.rows.size > this.maxRows) {
      throw new CollectorError('too_large', `table ${this.entry.join('.')} has over ${this.maxRows} rows`);
    }
    return variables;
  }

  /** @returns false when the variable shows that its column has ended */
  private takeOne(reader: BerReader, column: OpenColumn, over: boolean): boolean {
    const { bytes } = reader;
    reader.enter(TAG.sequence, 'variable');
    const after = reader.at + reader.length;
    reader.enter(TAG.oid, 'variable name');
    const oidAt = reader.at;
    const oidEnd = oidAt + reader.length;
    reader.at = oidEnd;
    const value = readValue(reader);
    if (reader.at !== after) throw new ParseError(`variable ends at byte ${reader.at} instead of ${after}`);
    const indexAt = oidAt + column.prefix.length;
    const inside = indexAt < oidEnd && column.prefix.equals(bytes.subarray(oidAt, indexAt));
    if (over || value.kind === 'missing' || !inside) return false;
    const key = bytes.toString('latin1', indexAt, oidEnd);
    let row = this.rows.get(key);
    if (row === undefined) {
      const index = decodeIndex(bytes, indexAt, oidEnd);
      if (index === null) throw new ParseError(`the name at byte ${oidAt} is malformed`);
      row = { index, values: new RowValues(this.columns) };
      this.rows.set(key, row);
    }
    if (compareOids(row.index, column.last) <= 0) {
      throw new CollectorError(
        'malformed',
        `the agent answered row ${row.index.join('.')} after ${column.last.join('.')} of ${this.entry.join('.')}.${this.columns[column.position]}: names must grow in a walk`,
      );
    }
    column.last = row.index;
    row.values.put(column.position, column.presenceOnly ? PRESENT : value);
    return true;
  }
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
  const values: Partial<Record<Name, SnmpValue>> = {};
  let width = names.length;
  let refused: Answer | null = null;
  for (let at = 0; at < names.length; ) {
    const asked = names.slice(at, at + width);
    const answer = await session.request(getPdu(asked.map((name) => encodeOid(oids[name]))), priority);
    if (answer.errorStatus !== 0 && !isDenied(answer) && asked.length > 1) {
      // Too big, or one of them is more than the agent can do: it costs that one alone.
      width = Math.ceil(asked.length / 2);
      continue;
    }
    if (names.length > 1 && answer.errorStatus !== 0 && !isDenied(answer)) {
      refused ??= answer;
      at++;
      continue;
    }
    refuseErrorStatus(answer);
    const varbinds = readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
    for (const { oid, value } of varbinds) {
      const name = asked.find((candidate) => compareOids(oids[candidate], oid) === 0);
      if (name !== undefined && value.kind !== 'missing') values[name] = value;
    }
    // An answer that was cut short is asked for its rest; an empty one has none.
    at += varbinds.length === 0 ? asked.length : Math.min(varbinds.length, asked.length);
  }
  if (refused !== null && Object.keys(values).length === 0) refuseErrorStatus(refused);
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

/** noAccess(6) and authorizationError(16). */
function isDenied({ errorStatus }: Answer): boolean {
  return errorStatus === 6 || errorStatus === 16;
}

/** @throws CollectorError naming the error-status the agent answered */
export function refuseErrorStatus(answer: Answer): void {
  const { errorStatus } = answer;
  if (errorStatus === 0) return;
  const name = ERROR_STATUS[errorStatus] ?? `error ${errorStatus}`;
  if (isDenied(answer)) {
    const message = `the agent answered ${name}: it does not let this community or user read here; give it the rights, or a user its securityLevel`;
    throw new CollectorError('unauthorized', message);
  }
  throw new CollectorError('unsupported', `the agent answered ${name}`);
}
