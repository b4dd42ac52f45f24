import { type LanzSpan, LanzSpans } from '../../lib/lanz/spans.ts';
import { QUALITIES } from '../../lib/samples/fields.ts';
import type { SampleColumn, SampleFrame } from '../../lib/samples/frame.ts';
import type { CongestionRecord } from './parse.ts';

/** More ports than any chassis has; records of others are passed over. */
const MAX_PORTS = 4096;
const EXACT = QUALITIES.indexOf('exact');
const BOUNDED = QUALITIES.indexOf('bounded');

/** Congestion told since the last samples, and what it says about what lies between its records. */
export class Congestion {
  readonly #spans = new LanzSpans();
  /** [traffic class] port -> what lies between its records. */
  #told = new Map<number, Map<string, LanzSpan>>();
  #ports: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Bytes of a segment; undefined = not known. */
  segmentBytes: number | undefined;

  constructor(private readonly device: string) {}

  /** Ports that have been congested. */
  get ports(): number {
    return this.#ports.length;
  }

  /** @param atMs when it was made, by our clock */
  add(record: CongestionRecord, atMs: number): void {
    const { port, priority } = record;
    if (!this.#isKnown(port)) return;
    const span = this.#spans.take(`${priority} ${port}`, { ...record, atMs });
    if (span === null) return;
    const ports = this.#told.get(priority) ?? new Map<string, LanzSpan>();
    this.#told.set(priority, ports);
    ports.set(port, joined(ports.get(port), span));
  }

  /** Records were missed: what is open begins anew. */
  interrupted(): void {
    this.#spans.clear();
  }

  /** Samples of what was told since the last call: a frame for each traffic class, as each has intervals of its own. */
  take(): SampleFrame[] {
    const told = this.#told;
    this.#told = new Map();
    return [...told].map(([priority, spans]) => this.#frame(priority, spans));
  }

  #frame(priority: number, spans: ReadonlyMap<string, LanzSpan>): SampleFrame {
    const size = this.#ports.length;
    const nan = (): Float64Array => new Float64Array(size).fill(Number.NaN);
    const [startMs, endMs, drops, depth] = [nan(), nan(), nan(), nan()];
    const quality = new Uint8Array(size).fill(EXACT);
    for (const [port, span] of spans) {
      const index = this.#numbers.get(port) ?? -1;
      startMs[index] = span.startMs;
      endMs[index] = span.endMs;
      drops[index] = (span.drops * 1000) / (span.endMs - span.startMs);
      if (span.drops > 0) quality[index] = BOUNDED;
      if (this.segmentBytes !== undefined) depth[index] = span.segments * this.segmentBytes;
    }
    const columns: SampleColumn[] = [{ field: 'dropsPerSec', priority, values: drops }];
    if (this.segmentBytes !== undefined) columns.push({ field: 'queueWatermarkBytes', priority, values: depth });
    return { device: this.device, ports: this.#ports, startMs, endMs, quality, columns };
  }

  #isKnown(port: string): boolean {
    if (this.#numbers.has(port)) return true;
    if (this.#ports.length >= MAX_PORTS) return false;
    this.#numbers.set(port, this.#ports.length);
    // Another array: whoever holds the last one knows by that that it has changed.
    this.#ports = [...this.#ports, port];
    return true;
  }
}

function joined(before: LanzSpan | undefined, span: LanzSpan): LanzSpan {
  if (before === undefined) return span;
  return {
    startMs: Math.min(before.startMs, span.startMs),
    endMs: Math.max(before.endMs, span.endMs),
    segments: Math.max(before.segments, span.segments),
    drops: before.drops + span.drops,
  };
}
