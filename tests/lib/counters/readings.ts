import type { CounterName, GaugeName, ReadingFrame } from '../../../lib/counters/reading.ts';

/** One poll in the shortest words: counters as bigint per port, null where the device did not answer. */
export interface Poll {
  atMs: number | number[];
  device?: string;
  ports?: readonly string[];
  rate?: number | number[];
  linkUp?: number[];
  uptimeMs?: number;
  bootId?: string;
  discontinuityMs?: number[];
  clockErrorMs?: number;
  width?: 32 | 64;
  saturates?: boolean;
  counters?: Partial<Record<CounterName, (bigint | null)[]>>;
  priority?: number;
  gauges?: Partial<Record<GaugeName, number[]>>;
}

/** Builds the frame a collector would hand over. */
export function reading(poll: Poll): ReadingFrame {
  const ports = poll.ports ?? ['1'];
  const each = (value: number | number[] | undefined, missing: number): Float64Array =>
    Float64Array.from(ports, (_, index) => (Array.isArray(value) ? (value[index] ?? missing) : (value ?? missing)));
  return {
    device: poll.device ?? 'leaf1',
    ports,
    atMs: each(poll.atMs, Number.NaN),
    clockErrorMs: poll.clockErrorMs ?? 0,
    ...(poll.uptimeMs === undefined ? {} : { uptimeMs: poll.uptimeMs }),
    ...(poll.bootId === undefined ? {} : { bootId: poll.bootId }),
    ...(poll.discontinuityMs === undefined ? {} : { discontinuityMs: Float64Array.from(poll.discontinuityMs) }),
    linkRateBitsPerSec: each(poll.rate, 100e9),
    linkUp: Uint8Array.from(ports, (_, index) => poll.linkUp?.[index] ?? 1),
    counters: Object.entries(poll.counters ?? {}).map(([counter, values]) => ({
      counter: counter as CounterName,
      priority: poll.priority ?? -1,
      widthBits: poll.width ?? 64,
      ...(poll.saturates === undefined ? {} : { saturates: poll.saturates }),
      high: Uint32Array.from(values, (value) => Number(((value ?? 0n) >> 32n) & 0xffff_ffffn)),
      low: Uint32Array.from(values, (value) => Number((value ?? 0n) & 0xffff_ffffn)),
      present: Uint8Array.from(values, (value) => (value === null ? 0 : 1)),
    })),
    gauges: Object.entries(poll.gauges ?? {}).map(([gauge, values]) => ({
      gauge: gauge as GaugeName,
      priority: -1,
      values: Float64Array.from(values),
    })),
  };
}
