import { Counter64 } from '../counters/counter64.ts';
import type { CounterColumn, ReadingFrame } from '../counters/reading.ts';
import type { CounterEntry, DevicePlan } from './device-plan.ts';
import type { StateName } from './rule.ts';
import type { SlotValues } from './slot-values.ts';

/** When values were true where they do not say so themselves: the middle between request and answer, and half its length. */
export interface ScrapeTime {
  /** Unix ms. */
  atMs: number;
  errorMs: number;
}

/** Time stamps of one port that lie further apart do not belong to one reading. */
const MOST_SPREAD_MS = 1000;

/** Makes the reading of one device from the values of a page. */
export function assembleFrame(
  plan: DevicePlan,
  values: SlotValues,
  time: ScrapeTime,
  problem: (text: string) => void,
): ReadingFrame {
  const count = plan.ports.length;
  const stamps = { min: new Float64Array(count).fill(Number.NaN), max: new Float64Array(count).fill(Number.NaN) };
  const sum = new Counter64();
  const seen = new Uint8Array(count);
  const counters = plan.columns.map((column): CounterColumn => {
    const made: CounterColumn = {
      counter: column.counter,
      priority: column.priority,
      widthBits: column.widthBits,
      ...(column.saturates ? { saturates: true } : {}),
      high: new Uint32Array(count),
      low: new Uint32Array(count),
      present: new Uint8Array(count),
    };
    for (const entry of column.entries) {
      if (!addUp(entry, values, sum, stamps)) continue;
      // Newer kernels keep the wait counter in 64 bits: a value past 32 proves it.
      if (sum.high > 0 && made.widthBits === 32) widen(made);
      made.high[entry.port] = sum.high;
      made.low[entry.port] = sum.low;
      made.present[entry.port] = 1;
      seen[entry.port] = 1;
    }
    return made;
  });
  const gauges = plan.gauges.map(({ gauge, priority, fold, entries }) => {
    const folded = new Float64Array(count).fill(Number.NaN);
    for (const { port, slots } of entries) {
      for (const slot of slots) {
        if (values.given[slot] !== 1) continue;
        const value = values.value[slot] ?? Number.NaN;
        const before = folded[port] ?? Number.NaN;
        folded[port] = Number.isNaN(before) ? value : Math[fold](before, value);
        seen[port] = 1;
      }
    }
    return { gauge, priority, values: folded };
  });
  const atMs = new Float64Array(count).fill(Number.NaN);
  let spread = 0;
  for (let port = 0; port < count; port++) {
    if (seen[port] === 0) continue;
    const [min, max] = [stamps.min[port] ?? Number.NaN, stamps.max[port] ?? Number.NaN];
    atMs[port] = Number.isNaN(min) ? time.atMs : (min + max) / 2;
    if (max - min > spread) spread = max - min;
  }
  if (spread > MOST_SPREAD_MS) {
    problem(`time stamps of one port lie ${(spread / 1000).toFixed(1)} s apart: the middle is used`);
  }
  return {
    device: plan.device,
    ports: plan.ports,
    atMs,
    clockErrorMs: Math.max(time.errorMs, spread / 2),
    ...states(plan, values),
    counters,
    gauges,
  };
}

/** A sum with a hole would fall and rise again: then there is no value. @returns whether there is one, in `sum` */
function addUp(
  { port, slots, unit, stopsAt, zeroIsNone }: CounterEntry,
  values: SlotValues,
  sum: Counter64,
  stamps: { min: Float64Array; max: Float64Array },
): boolean {
  sum.set(0, 0);
  for (const slot of slots) {
    const [high, low] = [values.high[slot] ?? 0, values.low[slot] ?? 0];
    // A value past the end proves a wider counter.
    if (values.given[slot] !== 1 || (high === 0 && low === stopsAt)) return false;
    sum.add({ high, low } as Counter64);
  }
  if (zeroIsNone && sum.high === 0 && sum.low === 0) return false;
  for (const slot of slots) {
    const atMs = values.atMs[slot] ?? Number.NaN;
    if (Number.isNaN(atMs)) continue;
    if (!((stamps.min[port] ?? Number.NaN) <= atMs)) stamps.min[port] = atMs;
    if (!((stamps.max[port] ?? Number.NaN) >= atMs)) stamps.max[port] = atMs;
  }
  if (unit === 'words') sum.timesFour();
  if (unit === 'halved') sum.half();
  return true;
}

function widen(column: CounterColumn): void {
  column.widthBits = 64;
  column.saturates = false;
}

/** InfiniBand port state 4 is active. @source Linux Documentation/ABI/stable/sysfs-class-infiniband (state) */
const ACTIVE = 4;

function states(plan: DevicePlan, values: SlotValues): Pick<ReadingFrame, 'linkRateBitsPerSec' | 'linkUp'> {
  const count = plan.ports.length;
  const linkRateBitsPerSec = new Float64Array(count).fill(Number.NaN);
  const linkUp = new Uint8Array(count).fill(255);
  const of = (state: StateName, port: number): number => {
    const slot = plan.states.get(state)?.get(port);
    return slot === undefined || values.given[slot] !== 1 ? Number.NaN : (values.value[slot] ?? Number.NaN);
  };
  for (let port = 0; port < count; port++) {
    const bytes = of('bytesPerSec', port);
    // An unknown speed is written as -1 Mbit/s.
    if (bytes > 0) linkRateBitsPerSec[port] = bytes * 8;
    linkUp[port] = upOf(of('ibState', port), of('up', port), of('carrier', port));
  }
  return { linkRateBitsPerSec, linkUp };
}

function upOf(ibState: number, up: number, carrier: number): number {
  if (!Number.isNaN(ibState)) return ibState === ACTIVE ? 1 : 0;
  if (up === 1) return 1;
  // "Up" is also 0 while the kernel does not know; without a carrier it is down for sure.
  if (!Number.isNaN(carrier)) return carrier === 0 ? 0 : 255;
  return up === 0 ? 0 : 255;
}
