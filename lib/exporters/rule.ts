import type { CounterName, GaugeName } from '../counters/reading.ts';

/** States of a port that are neither counters nor gauges. `bytesPerSec` is a link rate. */
export type StateName = 'up' | 'ibState' | 'carrier' | 'bytesPerSec' | 'protocolType';

/** What happens to a value on its way to the canonical counter: nothing, ×4 (32-bit words) or ÷2 (ups and downs). */
export type Unit = 'one' | 'words' | 'halved';

/** Whose port a series belongs to: label values, in the exporter's words. */
export interface SeriesPort {
  /** undefined: the device the target stands for. */
  device?: string | undefined;
  port: string;
  priority?: number;
}

/** One metric and what it is to us. */
export interface MetricRule {
  metric: string;
  /** Exporter family, for the operator. */
  family: string;
  to:
    | { counter: CounterName; widthBits?: 32 | 64; saturates?: boolean }
    | { gauge: GaugeName; fold: 'max' | 'min' }
    | { state: StateName };
  /** Several sources of one counter: the lowest number wins; the same number is one sum. */
  rank: number;
  unit?: Unit;
  /** At this value the counter says nothing (IBTA classic width). */
  stopsAt?: number;
  /** Counted on InfiniBand alone: other links show a zero there that nobody has counted. */
  only?: 'infiniband';
  /** PFC priority where the metric's name tells it. */
  priority?: number;
  /** undefined: the series is none of ours (another value of a label). */
  port(labels: ReadonlyMap<string, string>): SeriesPort | undefined;
}

export interface RuleOptions {
  /** Unit of UFM's PortXmitDataExtended and PortRcvDataExtended. */
  ufmDataUnit: 'words' | 'bytes';
}
