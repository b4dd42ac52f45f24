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
  const { last } = progress;
  // A few columns: quicker than a call of fill().
  for (let column = 0; column < last.length; column++) last[column] = row - 1;
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
 * the one after its last, so its name is only compared, byte by byte; anything else takes the slow path. All but the
 * name stands in this one function on purpose: a shorter one is inlined into its caller, which leaves V8 no room to
 * inline the comparison of names, and each variable costs half as much again.
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
  const { prefixWords, rowWords, rowBytes, rowStart, cells } = group;
  const { high, low, present } = values;
  const { last, ended } = progress;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const columns = prefixWords.length;
  const rows = rowStart.length - 1;
  let at = start;
  let column = 0;
  let varbinds = 0;
  while (at < end) {
    const head = at <= end - SMALLEST_VARIABLE ? view.getUint32(at) : 0;
    const vend = at + 2 + ((head >>> 16) & 0xff);
    const valueAt = at + 4 + (head & 0xff);
    const row = (last[column] as number) + 1;
    const octets = vend - valueAt - 2;
    // What nearly every variable is: one-octet lengths, a number that is not negative, the expected name.
    if (
      vend <= end &&
      row < rows &&
      ended[column] === 0 &&
      octets > 0 &&
      octets <= MAX_NUMBER_OCTETS &&
      bytes[valueAt + 1] === octets &&
      (NUMBER_TAGS[bytes[valueAt] as number] as number) > (bytes[valueAt + 2] as number) >>> 7 &&
      (head & HEADS_MASK) === HEADS &&
      isExpected(
        view,
        at,
        valueAt,
        prefixWords[column] as Uint32Array,
        rowWords[row] as number,
        rowBytes,
        rowStart[row] as number,
        rowStart[row + 1] as number,
      )
    ) {
      last[column] = row;
      const slot = cells[row * columns + column] as number;
      if (slot >= 0) {
        // Whole words end at the value's end; what is read before its beginning is masked away.
        high[slot] = view.getUint32(vend - 8) & (UPPER_MASK[octets] as number);
        low[slot] = view.getUint32(vend - 4) & (LOWER_MASK[octets] as number);
        present[slot] = 1;
      }
      at = vend;
    } else {
      at = decodeUnusual(group, bytes, at, end, column, progress, values);
    }
    varbinds++;
    if (++column === columns) column = 0;
  }
  progress.varbinds += varbinds;
}

/** [octets of a value] bits of the upper and of the lower word that belong to it. */
const UPPER_MASK = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xff_ffff, -1, -1);
const LOWER_MASK = Int32Array.of(0, 0xff, 0xffff, 0xff_ffff, -1, -1, -1, -1, -1, -1);

/** A prefix as the words `isExpected` compares: whole ones from the front, then the last four octets. */
export function prefixWordsOf(prefix: Uint8Array): Uint32Array {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const words: number[] = [];
  for (let at = 0; at + 4 <= prefix.length; at += 4) words.push(view.getUint32(at));
  words.push(view.getUint32(prefix.length - 4));
  return Uint32Array.of(...words, prefix.length);
}

/** [row] the last four octets of each index, as the decoder compares it; fewer where it is shorter. */
export function rowWordsOf(rowBytes: Uint8Array, rowStart: Uint32Array): Int32Array {
  const words = new Int32Array(Math.max(0, rowStart.length - 1));
  for (let row = 0; row < words.length; row++) {
    const end = rowStart[row + 1] ?? 0;
    let word = 0;
    for (let at = Math.max(rowStart[row] ?? 0, end - WORD_OCTETS); at < end; at++)
      word = (word << 8) | (rowBytes[at] ?? 0);
    words[row] = word;
  }
  return words;
}

/** A Counter64 with its upper bit set has a leading zero. */
const MAX_NUMBER_OCTETS = 9;

function notNumber(at: number): ParseError {
  return new ParseError(`the value at byte ${at} is no number`);
}

/** [tag] 0 = no number, 1 = one whose first bit is its sign, 2 = one without sign. */
const NUMBER_TAGS = new Uint8Array(256);
NUMBER_TAGS[TAG.integer] = 1;
for (const tag of [TAG.counter32, TAG.gauge32, TAG.timeTicks, TAG.counter64]) NUMBER_TAGS[tag] = 2;

/** SEQUENCE and OID with one octet of length each: 30 xx 06 xx. */
const HEADS = (TAG.sequence << 24) | (TAG.oid << 8) | 0;
const HEADS_MASK = 0xff00_ff00 | 0;
/** Heads of both, a name of one octet and a number of one. */
const SMALLEST_VARIABLE = 8;
/** [octets of an index] bits of a word at its end that belong to it. */
const INDEX_MASK = Int32Array.of(0, 0xff, 0xffff, 0xff_ffff);
const WORD_OCTETS = 4;

/** Whether the variable at `at` carries exactly this name. The index differs first, if anything does. */
function isExpected(
  view: DataView,
  at: number,
  valueAt: number,
  words: Uint32Array,
  rowWord: number,
  rowBytes: Uint8Array,
  rowFrom: number,
  rowEnd: number,
): boolean {
  const last = words.length - 1;
  const indexAt = at + 4 + (words[last] as number);
  const octets = valueAt - indexAt;
  if (octets !== rowEnd - rowFrom) return false;
  const mask = octets < WORD_OCTETS ? (INDEX_MASK[octets] as number) : -1;
  if ((view.getUint32(valueAt - WORD_OCTETS) & mask) !== rowWord) return false;
  for (let i = rowFrom, from = indexAt; i < rowEnd - WORD_OCTETS; i++, from++)
    if (view.getUint8(from) !== rowBytes[i]) return false;
  if (view.getUint32(indexAt - 4) !== words[last - 1]) return false;
  for (let i = 0, from = at + 4; i < last - 1; i++, from += 4) if (view.getUint32(from) !== words[i]) return false;
  return true;
}

/**
 * Any other variable: long-form lengths, a row that was skipped or that we do not know, the end of a column, no
 * number. @returns where the next one begins
 */
function decodeUnusual(
  group: PlanGroup,
  bytes: Buffer,
  at: number,
  end: number,
  column: number,
  progress: Progress,
  values: SlotValues,
): number {
  const reader = new BerReader(bytes, at, end);
  reader.enter(TAG.sequence, 'variable');
  const vend = reader.at + reader.length;
  reader.end = vend;
  reader.enter(TAG.oid, 'variable name');
  const oidAt = reader.at;
  const oidEnd = oidAt + reader.length;
  reader.at = oidEnd;
  const tag = reader.header();
  if (reader.at + reader.length !== vend) throw new ParseError(`the variable at byte ${at} has bytes behind its value`);
  if (tag === TAG.endOfMibView) progress.ended[column] = 1;
  if (progress.ended[column] !== 0) return vend;
  const row = rowOfName(group, bytes, oidAt, oidEnd, column, progress);
  if (row < 0) return vend;
  progress.last[column] = row;
  const slot = group.cells[row * group.prefixes.length + column] ?? -1;
  if (slot >= 0 && NUMBER_TAGS[tag] !== 0) {
    if (reader.length === 0 || reader.length > MAX_NUMBER_OCTETS) throw notNumber(reader.at);
    let upper = tag === TAG.integer && (bytes[reader.at] ?? 0) >= 0x80 ? -1 : 0;
    let lower = upper;
    for (let from = reader.at; from < vend; from++) {
      if (from < vend - 4) upper = (upper << 8) | (bytes[from] ?? 0);
      else lower = (lower << 8) | (bytes[from] ?? 0);
    }
    values.high[slot] = upper;
    values.low[slot] = lower;
    values.present[slot] = 1;
  }
  return vend;
}

/**
 * Row of a name: the expected one, a later one (some were skipped), -1 when the row is unknown to us or
 * the column has ended.
 */
function rowOfName(
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
  const row = rowMap(group).get(bytes.toString('latin1', indexAt, oidEnd));
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

function rowMap(group: PlanGroup): Map<string, number> {
  if (group.rowOf === null) {
    const all = Buffer.from(group.rowBytes).toString('latin1');
    group.rowOf = new Map(group.indexes.map((_, r) => [all.slice(group.rowStart[r], group.rowStart[r + 1]), r]));
  }
  return group.rowOf;
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
