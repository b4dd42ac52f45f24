import { fieldValue, type PointView } from '../../lib/line-protocol/point.ts';
import { QUALITIES, SAMPLE_FIELDS } from '../../lib/samples/fields.ts';
import type { SampleBlock } from '../../lib/store/block.ts';

export const LANZ_MEASUREMENT = 'lanz_congestion_record';

/** Queues remembered while they are congested. */
const MOST_QUEUES = 20_000;
/** A record longer after the one before is of another congestion; updates come every few seconds, ms. */
const LONGEST_GAP_MS = 60_000;
/** Congestions of microseconds are told as of a millisecond: the stored times have no finer grain. */
const SHORTEST_MS = 1;
const START = '1';
const END = '3';

const DROPS = SAMPLE_FIELDS.indexOf('dropsPerSec');
const WATERMARK = SAMPLE_FIELDS.indexOf('queueWatermarkBytes');
const EXACT = QUALITIES.indexOf('exact');
const BOUNDED = QUALITIES.indexOf('bounded');

/** One egress queue of a port. */
export interface LanzHead {
  kind: 'lanz';
  device: string;
  port: string;
  /** Traffic class 0..7, or -1. */
  priority: number;
  entryType: string;
}

interface Record {
  atMs: number;
  segments: number;
  drops: number;
}

/** Reads the tags. @returns text where one is missing */
export function readLanzHead(tags: ReadonlyMap<string, string>): LanzHead | string {
  const device = tags.get('source');
  const port = tags.get('intf_name');
  if (device === undefined || port === undefined) return `${LANZ_MEASUREMENT} needs the tags source and intf_name`;
  if (Math.max(device.length, port.length) > 256) return 'a name is longer than 256 characters';
  const trafficClass = tags.get('traffic_class') ?? '';
  const priority = /^[0-7]$/.test(trafficClass) ? Number(trafficClass) : -1;
  return { kind: 'lanz', device, port, priority, entryType: tags.get('entry_type') ?? '' };
}

/**
 * Congestion that Arista's LANZ tells of a queue: a record when it starts, more while it lasts, one when it ends. What
 * lies between two of them becomes a sample. The drop count is not said to begin anew with each record: what it grew by
 * is a lower bound. Sizes are in segments of the switch's memory, whose size only the switch knows: without it they are
 * left out. `tx_latency` has no unit in the protocol and is not used.
 * @source aristanetworks/goarista lanz/proto/lanz.proto (CongestionRecord); influxdata/telegraf plugins/inputs/lanz
 */
export class LanzRecords {
  readonly #open = new Map<string, Record>();
  /** Bytes of a segment; undefined: not known. */
  segmentBytes: number | undefined;

  /** When a record was made, Unix ms: the switch's clock, in µs, as the point's own time is when an agent read it. */
  timeOf(point: PointView, nowMs: number): number {
    const stampUs = numberOf(point, 'timestamp');
    return stampUs === undefined ? (point.timestampMs ?? nowMs) : stampUs / 1000;
  }

  /**
   * @param seriesOf finds the row's series, so that a record that makes no sample makes no series; text: why there is none
   * @returns what is wrong with the point as text
   */
  take(
    point: PointView,
    head: LanzHead,
    atMs: number,
    block: SampleBlock,
    seriesOf: () => number | string,
  ): string | undefined {
    const record = { atMs, segments: numberOf(point, 'queue_size') ?? 0, drops: numberOf(point, 'q_drop_count') ?? 0 };
    const key = JSON.stringify([head.device, head.port, head.priority]);
    const before = this.#open.get(key);
    this.#open.delete(key);
    if (head.entryType !== END && this.#open.size < MOST_QUEUES) this.#open.set(key, record);
    const joined = before !== undefined && head.entryType !== START && atMs - before.atMs <= LONGEST_GAP_MS;
    if (!joined || atMs <= before.atMs) return undefined;
    const startMs = Math.min(before.atMs, atMs - SHORTEST_MS);
    const dropped = record.drops >= before.drops ? record.drops - before.drops : record.drops;
    const series = seriesOf();
    if (typeof series === 'string') return series;
    const row = block.addRow(series, startMs, atMs, dropped > 0 ? BOUNDED : EXACT);
    block.set(row, DROPS, (dropped * 1000) / (atMs - startMs));
    if (this.segmentBytes !== undefined) {
      block.set(row, WATERMARK, Math.max(record.segments, before.segments) * this.segmentBytes);
    }
    return undefined;
  }
}

/** A field as a number from 0. */
function numberOf(point: PointView, name: string): number | undefined {
  for (let i = 0; i < point.count; i++) {
    if (point.keys[i]?.name !== name) continue;
    const value = Number(fieldValue(point, i));
    return value >= 0 ? value : undefined;
  }
  return undefined;
}
