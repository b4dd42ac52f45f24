import { describe, expect, it } from 'vitest';
import {
  decodeBulk,
  nextRow,
  prefixWordsOf,
  rowWordsOf,
  startProgress,
} from '../../../../collectors/snmp/plan/decode.ts';
import { emptyValues, type PlanGroup } from '../../../../collectors/snmp/plan/plan.ts';
import { TAG, tlv } from '../../../../collectors/snmp/wire/ber.ts';
import { encodeIndex, encodeOid, parseOid } from '../../../../collectors/snmp/wire/oid.ts';

const ENTRY = '1.3.6.1.2.1.31.1.1.1';
const COLUMNS = [6, 10];
const ROWS = [1, 2, 300, 436_207_616];

/** Two columns of four rows; slot = row * 2 + column. */
function group(rows: readonly number[] = ROWS): PlanGroup {
  const prefixes = COLUMNS.map((column) => encodeOid([...parseOid(ENTRY), column]));
  const indexes = rows.map((row) => [row]);
  const encoded = indexes.map((index) => encodeIndex(index));
  const rowStart = new Uint32Array(rows.length + 1);
  for (const [r, bytes] of encoded.entries()) rowStart[r + 1] = rowStart[r]! + bytes.length;
  const rowBytes = Uint8Array.from(Buffer.concat(encoded));
  return {
    tables: 'IF-MIB ifXTable',
    columns: [],
    prefixes,
    prefixWords: prefixes.map(prefixWordsOf),
    rowBytes,
    rowStart,
    rowWords: rowWordsOf(rowBytes, rowStart),
    nameBytes: 16,
    indexes,
    rowOf: null,
    cells: Int32Array.from({ length: rows.length * 2 }, (_, cell) => cell),
    portOf: Int32Array.from(rows, (_, r) => r),
    runs: [[0, rows.length]],
    clock: true,
  };
}

type Cell = [oid: string, tag: number, contents: number[] | bigint];

function variables(cells: readonly Cell[]): Buffer {
  return Buffer.concat(
    cells.map(([oid, tag, contents]) =>
      tlv(
        TAG.sequence,
        tlv(TAG.oid, encodeOid(parseOid(oid))),
        tlv(tag, Buffer.from(Array.isArray(contents) ? contents : octets(contents))),
      ),
    ),
  );
}

function octets(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n || bytes.length === 0; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  if (bytes[0]! >= 0x80) bytes.unshift(0);
  return bytes;
}

function decode(cells: readonly Cell[], plan = group()) {
  // Values are read as whole words that end where they do: what stands in front must not matter.
  const lead = Buffer.alloc(8, 0xff);
  const bytes = Buffer.concat([lead, variables(cells)]);
  const values = emptyValues(plan.cells.length);
  const progress = startProgress(plan, 0);
  decodeBulk(plan, bytes, lead.length, bytes.length, progress, values);
  const found = (row: number, column: number): bigint | undefined => {
    const slot = row * 2 + column;
    return values.present[slot] === 1 ? (BigInt(values.high[slot]!) << 32n) | BigInt(values.low[slot]!) : undefined;
  };
  return { progress, found };
}

const name = (column: number, row: number): string => `${ENTRY}.${column}.${row}`;
const MAX = 2n ** 64n - 1n;

describe('an answer to GetBulk', () => {
  it.each([0n, 1n, 127n, 128n, 255n, 256n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n, MAX])(
    'keeps every bit of %i',
    (value) => {
      const { found } = decode([
        [name(6, 1), TAG.counter64, value],
        [name(10, 1), TAG.counter64, MAX - value],
      ]);
      expect(found(0, 0)).toBe(value);
      expect(found(0, 1)).toBe(MAX - value);
    },
  );

  it('reads long-form lengths, padded numbers and every numeric type', () => {
    const plan = group();
    const long = Buffer.concat([
      Buffer.from([0x30, 0x81]),
      variables([[name(6, 1), TAG.gauge32, [0, 0, 0, 0, 7]]]).subarray(1),
    ]);
    const values = emptyValues(8);
    decodeBulk(plan, long, 0, long.length, startProgress(plan, 0), values);
    expect(values.low[0]).toBe(7);
    for (const tag of [TAG.counter32, TAG.gauge32, TAG.timeTicks, TAG.integer])
      expect(decode([[name(6, 1), tag, 9n]]).found(0, 0)).toBe(9n);
  });

  it('goes on at the first row that a column has not answered', () => {
    const { progress } = decode([
      [name(6, 1), TAG.counter64, 1n],
      [name(10, 1), TAG.counter64, 2n],
      [name(6, 2), TAG.counter64, 3n],
    ]);
    expect(nextRow(progress, 4)).toBe(1);
    expect(progress.varbinds).toBe(3);
  });

  it('leaves rows out that the agent skips, and finds the later ones', () => {
    const { progress, found } = decode([
      [name(6, 1), TAG.counter64, 1n],
      [name(10, 2), TAG.counter64, 2n],
      [name(6, 300), TAG.counter64, 3n],
      [name(10, 436_207_616), TAG.counter64, 4n],
    ]);
    expect([found(0, 0), found(0, 1), found(1, 1), found(2, 0), found(3, 1)]).toEqual([1n, undefined, 2n, 3n, 4n]);
    expect(progress.unknownRows).toBe(0);
  });

  it('says that the device has rows we do not know', () => {
    const { progress, found } = decode([
      [name(6, 1), TAG.counter64, 1n],
      [name(10, 1), TAG.counter64, 1n],
      [name(6, 77), TAG.counter64, 5n],
      [name(10, 77), TAG.counter64, 5n],
    ]);
    expect(progress.unknownRows).toBe(2);
    expect(found(1, 0)).toBeUndefined();
  });

  it.each<[string, Cell]>([
    ['the view', [name(6, 2), TAG.endOfMibView, []]],
    ['the column', [name(7, 1), TAG.counter64, 9n]],
    ['the table', ['1.3.6.1.2.1.99.1', TAG.counter64, 9n]],
  ])('ends a column where %s ends, and takes nothing from behind it', (_, last) => {
    const { progress, found } = decode([
      [name(6, 1), TAG.counter64, 1n],
      [name(10, 1), TAG.counter64, 2n],
      last,
      [name(10, 2), TAG.counter64, 4n],
      [name(6, 2), TAG.counter64, 99n],
      [name(10, 300), TAG.counter64, 6n],
    ]);
    expect([found(0, 0), found(1, 0), found(1, 1), found(2, 1)]).toEqual([1n, undefined, 4n, 6n]);
    expect(nextRow(progress, 3)).toBe(3);
  });

  it.each<[string, Cell[]]>([
    [
      'the same name again',
      [
        [name(6, 1), TAG.counter64, 1n],
        [name(10, 1), TAG.counter64, 1n],
        [name(6, 1), TAG.counter64, 1n],
      ],
    ],
    [
      'an earlier row',
      [
        [name(6, 300), TAG.counter64, 1n],
        [name(10, 1), TAG.counter64, 1n],
        [name(6, 2), TAG.counter64, 1n],
      ],
    ],
    [
      'an earlier row we do not know',
      [
        [name(6, 300), TAG.counter64, 1n],
        [name(10, 1), TAG.counter64, 1n],
        [name(6, 50), TAG.counter64, 1n],
      ],
    ],
  ])('with %s is refused: names must grow', (_, cells) => {
    expect(() => decode(cells)).toThrow(/IF-MIB ifXTable that do not grow/);
  });

  it.each([
    ['of ten octets', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['without octets', []],
  ])('with a number %s is refused', (_, contents) => {
    expect(() => decode([[name(6, 1), TAG.counter64, contents]])).toThrow(/is no number/);
  });

  it('gives no value for text, an absent instance or a negative state that is none', () => {
    expect(decode([[name(6, 1), TAG.octetString, [49]]]).found(0, 0)).toBeUndefined();
    expect(decode([[name(6, 1), TAG.noSuchInstance, []]]).found(0, 0)).toBeUndefined();
  });
});
