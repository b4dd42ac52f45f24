import { isWeak, type PortColumns, portColumns } from '../detectors/port-columns.ts';
import type { SampleFrame } from '../samples/frame.ts';
import { type PackedArray, packArray, unpackFloat32, unpackFloat64 } from '../samples/packed.ts';
import { portKey } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';

/** The numbers kept of every port: last interval (`now`) and mean over the window. NaN = not known. */
const NUMBERS = [
  'rxPause',
  'txPause',
  'rxPauseMean',
  'txPauseMean',
  'txUtil',
  'txUtilMean',
  'rxUtil',
  'rxUtilMean',
  'congested',
  'congestedMean',
  'linkRate',
  'bestLinkRate',
  'cnpHandled',
  'pauseMeasured',
] as const;
export type PortNumber = (typeof NUMBERS)[number];

/** The state of every port of the fabric in columns, under 100 bytes a port. */
export class PortTable {
  private capacity = 256;
  private readonly index = new Map<string, number>();
  readonly refs: PortRef[] = [];
  startMs = new Float64Array(this.capacity).fill(Number.NaN);
  endMs = new Float64Array(this.capacity).fill(Number.NaN);
  private numbers = new Map<PortNumber, Float32Array>(
    NUMBERS.map((name) => [name, new Float32Array(this.capacity).fill(Number.NaN)]),
  );
  /** Row numbers of a device's ports, for the port list last seen. */
  private readonly rowsOf = new Map<string, { ports: readonly string[]; rows: Int32Array }>();

  /** The row of a port, made on first sight. */
  rowOf(device: string, port: string): number {
    const key = portKey(device, port);
    let row = this.index.get(key);
    if (row === undefined) {
      row = this.refs.length;
      if (row >= this.capacity) this.grow();
      this.index.set(key, row);
      this.refs.push({ device, port });
    }
    return row;
  }

  /** The row of a port that has been seen; -1 for one that has not. */
  find(device: string, port: string): number {
    return this.index.get(portKey(device, port)) ?? -1;
  }

  number(name: PortNumber, row: number): number {
    return this.numbers.get(name)?.[row] ?? Number.NaN;
  }

  /** A number, 0 where it is not known. */
  seen(name: PortNumber, row: number): number {
    const value = this.numbers.get(name)?.[row] ?? Number.NaN;
    return value > 0 ? value : 0;
  }

  /** Takes one frame; late and repeated intervals are left out. @returns rows of the frame's ports */
  add(frame: SampleFrame, windowMs: number): Int32Array {
    const rows = this.rowsFor(frame);
    if (isWeak(frame)) return rows;
    const columns = portColumns(frame);
    const port = columns.txUtil !== undefined || columns.rxPause !== undefined || columns.linkRate !== undefined;
    for (let slot = 0; slot < rows.length; slot++) {
      const end = frame.endMs[slot] ?? Number.NaN;
      const row = rows[slot] ?? 0;
      if (Number.isNaN(end)) continue;
      if (port) {
        if (end <= (this.endMs[row] ?? Number.NaN)) continue;
        this.startMs[row] = frame.startMs[slot] ?? end;
        this.endMs[row] = end;
      }
      this.addValues(columns, slot, row, (end - (frame.startMs[slot] ?? end)) / Math.max(windowMs, 1));
    }
    return rows;
  }

  private addValues(columns: PortColumns, slot: number, row: number, share: number): void {
    const weight = 1 - Math.exp(-Math.max(share, 0));
    this.put('rxPause', 'rxPauseMean', columns.rxPause, slot, row, weight);
    this.put('txPause', 'txPauseMean', columns.txPause, slot, row, weight);
    if (columns.rxPause !== undefined || columns.txPause !== undefined)
      this.putValue('pauseMeasured', null, columns.pauseEstimated ? 0 : 1, row, 1);
    this.put('txUtil', 'txUtilMean', columns.txUtil, slot, row, weight);
    this.put('rxUtil', 'rxUtilMean', columns.rxUtil, slot, row, weight);
    if (columns.ecnShare !== undefined && columns.txUtil !== undefined) {
      const share = columns.ecnShare[slot] ?? Number.NaN;
      const util = columns.txUtil[slot] ?? Number.NaN;
      this.putValue('congested', 'congestedMean', (Number.isNaN(share) ? 0 : share) * util, row, weight);
    }
    if (columns.linkRate !== undefined) this.putRate(columns.linkRate[slot], row);
    if (columns.cnpHandled !== undefined) this.putValue('cnpHandled', null, columns.cnpHandled[slot], row, 1);
  }

  /** The rate now, and the best the port has shown: what to expect of a cable whose rate nobody declared. */
  private putRate(rate: number | undefined, row: number): void {
    this.putValue('linkRate', null, rate, row, 1);
    if (rate !== undefined && rate > this.seen('bestLinkRate', row)) this.putValue('bestLinkRate', null, rate, row, 1);
  }

  private put(
    name: PortNumber,
    mean: PortNumber,
    values: Float64Array | undefined,
    slot: number,
    row: number,
    weight: number,
  ): void {
    if (values !== undefined) this.putValue(name, mean, values[slot], row, weight);
  }

  private putValue(
    name: PortNumber,
    mean: PortNumber | null,
    value: number | undefined,
    row: number,
    weight: number,
  ): void {
    if (value === undefined || Number.isNaN(value)) return;
    const latest = this.numbers.get(name);
    if (latest !== undefined) latest[row] = value;
    const means = mean === null ? undefined : this.numbers.get(mean);
    if (means === undefined) return;
    const known = means[row] ?? Number.NaN;
    means[row] = Number.isNaN(known) ? value : known + (value - known) * weight;
  }

  private rowsFor(frame: SampleFrame): Int32Array {
    const known = this.rowsOf.get(frame.device);
    if (known !== undefined && known.ports === frame.ports) return known.rows;
    const rows = Int32Array.from(frame.ports, (port) => this.rowOf(frame.device, port));
    this.rowsOf.set(frame.device, { ports: frame.ports, rows });
    return rows;
  }

  private grow(): void {
    this.capacity *= 2;
    const wider = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(this.capacity).fill(Number.NaN);
      next.set(old);
      return next;
    };
    this.startMs = wider(this.startMs);
    this.endMs = wider(this.endMs);
    this.numbers = new Map(
      [...this.numbers].map(([name, old]) => {
        const next = new Float32Array(this.capacity).fill(Number.NaN);
        next.set(old);
        return [name, next];
      }),
    );
  }

  snapshot(): PackedTable {
    return {
      refs: this.refs.map(({ device, port }) => [device, port]),
      startMs: packArray(this.startMs.subarray(0, this.refs.length)),
      endMs: packArray(this.endMs.subarray(0, this.refs.length)),
      numbers: [...this.numbers].map(([name, values]) => [name, packArray(values.subarray(0, this.refs.length))]),
    };
  }

  static restore(packed: PackedTable): PortTable {
    const table = new PortTable();
    for (const [device, port] of packed.refs) table.rowOf(device, port);
    table.startMs.set(unpackFloat64(packed.startMs));
    table.endMs.set(unpackFloat64(packed.endMs));
    for (const [name, values] of packed.numbers) table.numbers.get(name)?.set(unpackFloat32(values));
    return table;
  }
}

/** A port table as plain JSON. */
export interface PackedTable {
  refs: [device: string, port: string][];
  startMs: PackedArray;
  endMs: PackedArray;
  numbers: [PortNumber, PackedArray][];
}
