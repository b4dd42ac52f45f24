import { ParseError } from '../../../lib/errors.ts';
import { BerReader, TAG } from '../wire/ber.ts';
import { compareOids, decodeIndex } from '../wire/oid.ts';
import type { PlanGroup, SlotValues } from './plan.ts';

/** How far a group's columns have come; one per request, kept over its continuations. */
export interface Progress {
  /** [column] last row that was answered; starts at the row before the first. */
  last: Int32Array;
  /** [column] 1 once the agent has gone past the column. */
  ended: Uint8Array;
  /** Variables read so far. */
  varbinds: number;
  /** Rows that discovery did not know: the device has changed. */
  unknownRows: number;
}

export function startProgress(group: PlanGroup, firstRow: number): Progress {
  const columns = group.prefixes.length;
  return {
    last: new Int32Array(columns).fill(firstRow - 1),
    ended: new Uint8Array(columns),
    varbinds: 0,
    unknownRows: 0,
  };
}

/** A continuation starts all columns again from its own row; columns that have ended stay ended. */
export function restart(progress: Progress, row: number): void {
  progress.last.fill(row - 1);
  progress.varbinds = 0;
  progress.unknownRows = 0;
}

/** First row that some column has not answered yet; `end` when all have come that far or have ended. */
export function nextRow(progress: Progress, end: number): number {
  let next = end;
  for (let column = 0; column < progress.last.length; column++) {
    const row = (progress.last[column] ?? 0) + 1;
    if (progress.ended[column] === 0 && row < next) next = row;
  }
  return next;
}

/**
 * Reads the variables of a GetBulk answer straight into slots: no object per value. The expected row of a column is
 * the one after its last, so its name is only compared, byte by byte; anything else takes the slow path.
 * @throws ParseError when the bytes are malformed or names do not grow
 */
export function decodeBulk(
  group: PlanGroup,
  bytes: Buffer,
  start: number,
  end: number,
  progress: Progress,
  values: SlotValues,
): void {
  const { prefixes, rows, cells } = group;
  const columns = prefixes.length;
  const { last, ended } = progress;
  let at = start;
  let column = 0;
  while (at < end) {
    // Headers of SEQUENCE and OID. A counter's variable is short, so its lengths are one octet with most agents.
    let vend = at + 2 + (bytes[at + 1] ?? 0x80);
    let oidAt = at + 4;
    let valueAt = oidAt + (bytes[at + 3] ?? 0x80);
    let numberAt = valueAt + 2;
    if (!shortHeaders(bytes, at, valueAt, vend, end)) {
      readHeaders(bytes, at, end);
      vend = headers.vend;
      oidAt = headers.oidAt;
      valueAt = headers.valueAt;
      numberAt = headers.numberAt;
    }
    const oidEnd = headers.oidEnd > 0 ? headers.oidEnd : valueAt;
    headers.oidEnd = 0;
    const tag = bytes[valueAt] as number;
    if (tag === TAG.endOfMibView) ended[column] = 1;
    if (ended[column] === 0) {
      let row = (last[column] as number) + 1;
      const prefix = prefixes[column] as Uint8Array;
      if (row >= rows.length || !sameName(bytes, oidAt, oidEnd - oidAt, prefix, rows[row] as Uint8Array)) {
        row = unexpectedRow(group, bytes, oidAt, oidEnd, column, progress);
      }
      if (row >= 0) {
        last[column] = row;
        const slot = cells[row * columns + column] as number;
        if (slot >= 0 && isNumber(tag)) storeNumber(values, slot, bytes, tag, numberAt, vend);
      }
    }
    at = vend;
    progress.varbinds++;
    if (++column === columns) column = 0;
  }
}

/** Whether all lengths of a variable are one octet and fit into each other. */
function shortHeaders(bytes: Buffer, at: number, valueAt: number, vend: number, end: number): boolean {
  return (
    vend <= end &&
    bytes[at] === TAG.sequence &&
    bytes[at + 2] === TAG.oid &&
    valueAt + 2 + (bytes[valueAt + 1] ?? 0x80) === vend
  );
}

function isNumber(tag: number): boolean {
  return tag === TAG.counter64 || tag === TAG.integer || (tag >= TAG.counter32 && tag <= TAG.timeTicks);
}

/** Two 32-bit words of an integer of up to 9 octets (a Counter64 with its upper bit set has a leading zero). */
function storeNumber(values: SlotValues, slot: number, bytes: Buffer, tag: number, from: number, end: number): void {
  if (end === from || end - from > 9) throw new ParseError(`the value at byte ${from} is no number`);
  let at = from;
  let upper = tag === TAG.integer && (bytes[at] as number) >= 0x80 ? -1 : 0;
  let lower = upper;
  const split = end - 4;
  while (at < split) upper = (upper << 8) | (bytes[at++] as number);
  while (at < end) lower = (lower << 8) | (bytes[at++] as number);
  values.high[slot] = upper;
  values.low[slot] = lower;
  values.present[slot] = 1;
}

/** Where the parts of the variable are that `readHeaders` read last; `oidEnd` is 0 when the fast path was taken. */
const headers = { vend: 0, oidAt: 0, oidEnd: 0, valueAt: 0, numberAt: 0 };

/** The general reading of a variable's headers: long-form lengths, and errors that name the byte. */
function readHeaders(bytes: Buffer, at: number, end: number): void {
  const reader = new BerReader(bytes, at, end);
  reader.enter(TAG.sequence, 'variable');
  headers.vend = reader.at + reader.length;
  reader.end = headers.vend;
  reader.enter(TAG.oid, 'variable name');
  headers.oidAt = reader.at;
  reader.at += reader.length;
  headers.oidEnd = reader.at;
  headers.valueAt = reader.at;
  reader.header();
  headers.numberAt = reader.at;
  if (reader.at + reader.length !== headers.vend) {
    headers.oidEnd = 0;
    throw new ParseError(`the variable at byte ${at} has bytes behind its value`);
  }
}

function sameName(bytes: Buffer, at: number, length: number, prefix: Uint8Array, index: Uint8Array): boolean {
  const prefixLength = prefix.length;
  const indexLength = index.length;
  if (length !== prefixLength + indexLength) return false;
  // The index differs first, if anything does.
  let from = at + prefixLength;
  for (let i = 0; i < indexLength; i++) if (bytes[from++] !== index[i]) return false;
  from = at;
  for (let i = 0; i < prefixLength; i++) if (bytes[from++] !== prefix[i]) return false;
  return true;
}

/**
 * Row of a name that is not the expected one: a later row (some were skipped), -1 when the row is unknown to us or
 * the column has ended.
 */
function unexpectedRow(
  group: PlanGroup,
  bytes: Buffer,
  oidAt: number,
  oidEnd: number,
  column: number,
  progress: Progress,
): number {
  const prefix = group.prefixes[column] ?? new Uint8Array();
  const indexAt = oidAt + prefix.length;
  if (indexAt >= oidEnd || !matches(bytes, oidAt, prefix)) {
    progress.ended[column] = 1;
    return -1;
  }
  const last = progress.last[column] ?? -1;
  const row = group.rowOf.get(bytes.toString('latin1', indexAt, oidEnd));
  if (row !== undefined) {
    if (row <= last) throw notGrowing(group);
    return row;
  }
  const index = decodeIndex(bytes, indexAt, oidEnd);
  const before = group.indexes[last];
  if (index === null || (before !== undefined && compareOids(index, before) <= 0)) throw notGrowing(group);
  progress.unknownRows++;
  return -1;
}

function notGrowing(group: PlanGroup): ParseError {
  return new ParseError(
    `the agent answers names of ${group.tables} that do not grow: its table cannot be read in bulk`,
  );
}

function matches(bytes: Buffer, at: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}
