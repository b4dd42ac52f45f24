import { LanzSpans } from '../../lib/lanz/spans.ts';
import { fieldValue, type PointView } from '../../lib/line-protocol/point.ts';
import { QUALITIES, SAMPLE_FIELDS } from '../../lib/samples/fields.ts';
import type { SampleBlock } from '../../lib/store/block.ts';

export const LANZ_MEASUREMENT = 'lanz_congestion_record';

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
  /** One of LANZ_ENTRY; 0 where the tag is missing. */
  entry: number;
}

/** Reads the tags. @returns text where one is missing */
export function readLanzHead(tags: ReadonlyMap<string, string>): LanzHead | string {
  const device = tags.get('source');
  const port = tags.get('intf_name');
  if (device === undefined || port === undefined) return `${LANZ_MEASUREMENT} needs the tags source and intf_name`;
  if (Math.max(device.length, port.length) > 256) return 'a name is longer than 256 characters';
  const trafficClass = tags.get('traffic_class') ?? '';
  const priority = /^[0-7]$/.test(trafficClass) ? Number(trafficClass) : -1;
  return { kind: 'lanz', device, port, priority, entry: Number(tags.get('entry_type') ?? 0) };
}

/**
 * Congestion records of Arista's LANZ as Telegraf writes them: what lies between two of them becomes a sample. Sizes are in
 * segments of the switch's memory, whose size only the switch knows: without it they are left out. `tx_latency` has no
 * unit in the protocol and is not used.
 * @source aristanetworks/goarista lanz/proto/lanz.proto (CongestionRecord); influxdata/telegraf plugins/inputs/lanz
 */
export class LanzRecords {
  readonly #spans = new LanzSpans();
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
    const segments = numberOf(point, 'queue_size') ?? 0;
    const drops = numberOf(point, 'q_drop_count') ?? 0;
    const key = JSON.stringify([head.device, head.port, head.priority]);
    const span = this.#spans.take(key, { atMs, entry: head.entry, segments, drops });
    if (span === null) return undefined;
    const series = seriesOf();
    if (typeof series === 'string') return series;
    const row = block.addRow(series, span.startMs, span.endMs, span.drops > 0 ? BOUNDED : EXACT);
    block.set(row, DROPS, (span.drops * 1000) / (span.endMs - span.startMs));
    if (this.segmentBytes !== undefined) block.set(row, WATERMARK, span.segments * this.segmentBytes);
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
