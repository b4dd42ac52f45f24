import { objectId } from './ber.ts';

/** One object instance an agent serves. */
interface ViewRow {
  oid: readonly number[];
  /** The OID as it goes on the wire. */
  name: Buffer;
  /** The value as it goes on the wire, read when it is asked for. */
  value: () => Buffer;
}

/** Everything an agent serves, in OID order. */
export class MibView {
  private readonly rows: ViewRow[];
  private readonly positions: Map<string, number>;

  constructor(entries: Iterable<readonly [oid: readonly number[], value: () => Buffer]>) {
    this.rows = [...entries]
      .map(([oid, value]) => ({ oid, name: objectId(oid), value }))
      .sort((a, b) => compareOids(a.oid, b.oid));
    this.positions = new Map(this.rows.map((row, position) => [row.name.toString('latin1'), position]));
  }

  /** The instance with exactly this OID. */
  get(oid: readonly number[]): ViewRow | undefined {
    const position = this.positions.get(objectId(oid).toString('latin1'));
    return position === undefined ? undefined : this.rows[position];
  }

  /** Position of the first instance after this OID; rows.length where there is none. */
  after(oid: readonly number[]): number {
    const exact = this.positions.get(objectId(oid).toString('latin1'));
    if (exact !== undefined) return exact + 1;
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.rows[middle];
      if (row && compareOids(row.oid, oid) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  at(position: number): ViewRow | undefined {
    return this.rows[position];
  }
}

/** Lexicographic order of sub-identifiers, as GetNext walks. */
export function compareOids(a: readonly number[], b: readonly number[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
