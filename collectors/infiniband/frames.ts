import { COUNTERS, type CounterColumn, type CounterName, type ReadingFrame } from '../../lib/counters/reading.ts';
import type { FabricPort } from './fabric.ts';
import type { PortValues } from './node-reader.ts';

/** One port of a device in a sweep. */
export interface SweptPort {
  port: FabricPort;
  /** Undefined where it was not read this time. */
  values: PortValues | undefined;
  /** How often it is read, ms, where that is more seldom than the others; else 0. */
  expectedIntervalMs: number;
}

/** Makes the reading of one device. @param names names of its ports, the same array as long as they are the same */
export function deviceFrame(
  device: string,
  names: readonly string[],
  swept: readonly SweptPort[],
  nowMs: number,
): ReadingFrame {
  const count = swept.length;
  const columns = new Map<CounterName, CounterColumn>();
  const atMs = new Float64Array(count).fill(Number.NaN);
  for (const [index, { port, values }] of swept.entries()) {
    // A port without a cable is known to be down although there is nothing to read.
    if (!port.up) atMs[index] = nowMs;
    if (values === undefined) continue;
    atMs[index] = values.atMs;
    for (const [counter, value] of values.values) put(columns, counter, value, index, count);
  }
  return {
    device,
    ports: names,
    atMs,
    clockErrorMs: 0,
    expectedIntervalMs: Float64Array.from(swept, ({ expectedIntervalMs }) => expectedIntervalMs),
    linkRateBitsPerSec: Float64Array.from(swept, ({ port }) => port.linkRateBitsPerSec),
    linkUp: Uint8Array.from(swept, ({ port }) => (port.up ? 1 : 0)),
    counters: COUNTERS.flatMap((counter) => columns.get(counter) ?? []),
    gauges: [],
  };
}

function put(
  columns: Map<CounterName, CounterColumn>,
  counter: CounterName,
  { high, low, widthBits }: { high: number; low: number; widthBits: 32 | 64 },
  index: number,
  count: number,
): void {
  let column = columns.get(counter);
  if (column === undefined) {
    column = {
      counter,
      priority: -1,
      widthBits,
      ...(widthBits === 32 ? { saturates: true } : {}),
      high: new Uint32Array(count),
      low: new Uint32Array(count),
      present: new Uint8Array(count),
    };
    columns.set(counter, column);
  }
  // Adapters of one host may differ. Classic counters do not wrap, and are left out at their end: 64 bits hold both.
  if (column.widthBits !== widthBits) {
    column.widthBits = 64;
    column.saturates = false;
  }
  column.high[index] = high;
  column.low[index] = low;
  column.present[index] = 1;
}
