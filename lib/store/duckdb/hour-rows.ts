import { SAMPLE_FIELDS } from '../../samples/fields.ts';
import type { HourRows } from './append.ts';
import { HOUR_MS } from './constants.ts';
import type { WireBlock } from './protocol.ts';

/** Adds a block's rows to the lists of the hours they end in. */
export function splitByHour(block: WireBlock, byHour: Map<number, { block: WireBlock; rows: number[] }[]>): void {
  const parts = new Map<number, number[]>();
  for (let row = 0; row < block.length; row++) {
    const hour = Math.floor((block.endMs[row] ?? 0) / HOUR_MS) * HOUR_MS;
    const rows = parts.get(hour);
    if (rows) rows.push(row);
    else parts.set(hour, [row]);
  }
  for (const [hour, rows] of parts) {
    const list = byHour.get(hour);
    if (list) list.push({ block, rows });
    else byHour.set(hour, [{ block, rows }]);
  }
}

/** The block's rows of one hour; the usual block lies in one hour and its arrays are used as they are. */
export function hourRows(block: WireBlock, rows: readonly number[]): HourRows {
  const length = rows.length;
  const whole = length === block.length;
  const take = <A extends Int32Array | Float64Array | Uint8Array>(values: A, make: (length: number) => A): A => {
    if (whole) return values;
    const into = make(length);
    for (let i = 0; i < length; i++) into[i] = values[rows[i] ?? 0] ?? 0;
    return into;
  };
  const doubles = (values: Float64Array) => take(values, (count) => new Float64Array(count));
  const intervalMs = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const row = rows[i] ?? 0;
    intervalMs[i] = (block.endMs[row] ?? 0) - (block.startMs[row] ?? 0);
  }
  return {
    length,
    series: take(block.series, (count) => new Int32Array(count)),
    endMs: doubles(block.endMs),
    intervalMs,
    quality: take(block.quality, (count) => new Uint8Array(count)),
    columns: block.columns.map((column) => (column ? doubles(column) : undefined)),
  };
}

/** Several writers' rows one after the other. */
export function joined(parts: HourRows[]): HourRows {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const join = <A extends Int32Array | Float64Array | Uint8Array>(
    into: A,
    of: (part: HourRows) => A | undefined,
  ): A => {
    let at = 0;
    for (const part of parts) {
      const values = of(part);
      // Arrays may be longer than the rows they hold.
      if (values) into.set(values.subarray(0, part.length), at);
      at += part.length;
    }
    return into;
  };
  return {
    length,
    series: join(new Int32Array(length), (part) => part.series),
    endMs: join(new Float64Array(length), (part) => part.endMs),
    intervalMs: join(new Float64Array(length), (part) => part.intervalMs),
    quality: join(new Uint8Array(length), (part) => part.quality),
    columns: SAMPLE_FIELDS.map((_, field) =>
      parts.some((part) => part.columns[field])
        ? join(new Float64Array(length).fill(Number.NaN), (part) => part.columns[field])
        : undefined,
    ),
  };
}
