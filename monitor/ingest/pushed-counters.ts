import type { CounterColumn, CounterName, ReadingFrame } from '../../lib/counters/index.ts';
import { StoreError } from '../../lib/errors.ts';
import type { PointView } from '../../lib/line-protocol/point.ts';
import type { SampleBlock } from '../../lib/store/block.ts';
import type { SeriesDictionary } from '../../lib/store/series.ts';
import { PushedFrames } from './pushed-frames.ts';
import { COUNTER_FIELDS, type CounterField, portOfTags } from './telegraf.ts';

const UNKNOWN_STATE = 255;
/** Ports of one host and measurement; a host has a handful. */
const MAX_PORTS = 512;
const MAX_SOURCES = 20_000;

/** Where a point of counters belongs: a host's measurement, and the port. */
export interface CounterHead {
  kind: 'counters';
  source: string;
  device: string;
  port: string;
  fields: ReadonlyMap<string, CounterField>;
}

/** One reading under assembly: values by port and column. */
interface Reading {
  head: CounterHead;
  atMs: number;
  ports: Map<string, Map<string, { field: CounterField; value: bigint }>>;
}

/**
 * Cumulative counters that agents push as they read them (Telegraf), turned into
 * samples by the collectors' own arithmetic: resets, wraps and gaps are treated alike.
 */
export class PushedCounters {
  readonly #frames: PushedFrames;
  /** Ports seen of each source: a body may hold some of them only. */
  readonly #ports = new Map<string, string[]>();
  #readings = new Map<string, Reading>();

  constructor(private readonly dictionary: SeriesDictionary) {
    this.#frames = new PushedFrames(dictionary);
  }

  /** Reads the tags. @returns undefined for other measurements, text where a tag is missing */
  head(measurement: string, tags: ReadonlyMap<string, string>): CounterHead | string | undefined {
    const fields = COUNTER_FIELDS.get(measurement);
    if (!fields) return undefined;
    const names = portOfTags(measurement, tags);
    if (typeof names === 'string') return names;
    const { device, port } = names;
    if (device.length > 256 || port.length > 256) return 'a name is longer than 256 characters';
    try {
      // What may be remembered of ports is bounded where their names are.
      this.dictionary.id(device, port, -1);
    } catch (error) {
      if (error instanceof StoreError) return error.message;
      throw error;
    }
    return { kind: 'counters', source: JSON.stringify([device, measurement]), device, port, fields };
  }

  take(point: PointView, head: CounterHead, atMs: number): void {
    const key = `${atMs} ${head.source}`;
    let reading = this.#readings.get(key);
    if (!reading) {
      reading = { head, atMs, ports: new Map() };
      this.#readings.set(key, reading);
    }
    const values = reading.ports.get(head.port) ?? new Map<string, { field: CounterField; value: bigint }>();
    reading.ports.set(head.port, values);
    for (let i = 0; i < point.count; i++) {
      const field = head.fields.get(point.keys[i]?.name ?? '');
      const value = field === undefined ? undefined : exactValue(point, i);
      if (field === undefined || value === undefined) continue;
      const column = `${field.counter} ${field.priority}`;
      const scaled = BigInt.asUintN(64, value * field.times);
      const before = values.get(column);
      values.set(column, { field, value: before === undefined ? scaled : before.value + scaled });
    }
  }

  /**
   * Ends a body: its samples, and those of bodies before that are not stored, go into the block.
   * @returns what `stored` wants to know once the block is
   */
  finish(block: SampleBlock): number {
    const readings = [...this.#readings.values()].sort((a, b) => a.atMs - b.atMs);
    this.#readings = new Map();
    for (const reading of readings) {
      const frame = this.#frameOf(reading);
      if (frame !== undefined) this.#frames.advance(reading.head.source, { ...frame, device: reading.head.device });
    }
    return this.#frames.finish(block);
  }

  /** A block is stored. @param made what `finish` said of it */
  stored(made: number): void {
    this.#frames.stored(made);
  }

  #frameOf({ head, atMs, ports }: Reading): ReadingFrame | undefined {
    let known = this.#ports.get(head.source);
    if (!known && this.#ports.size >= MAX_SOURCES) return undefined;
    const fresh = [...ports.keys()].filter((port) => known === undefined || !known.includes(port));
    if (known === undefined || fresh.length > 0) known = [...(known ?? []), ...fresh].slice(0, MAX_PORTS);
    this.#ports.set(head.source, known);
    const columns = new Map<string, CounterColumn>();
    const times = new Float64Array(known.length).fill(Number.NaN);
    known.forEach((port, index) => {
      const values = ports.get(port);
      if (!values) return;
      times[index] = atMs;
      for (const [key, { field, value }] of values) {
        const column = columns.get(key) ?? newColumn(field.counter, field.priority, known.length);
        columns.set(key, column);
        column.high[index] = Number(BigInt.asUintN(32, value >> 32n));
        column.low[index] = Number(BigInt.asUintN(32, value));
        column.present[index] = 1;
      }
    });
    return {
      device: head.source,
      ports: known,
      atMs: times,
      clockErrorMs: 0,
      linkRateBitsPerSec: new Float64Array(known.length).fill(Number.NaN),
      linkUp: new Uint8Array(known.length).fill(UNKNOWN_STATE),
      counters: [...columns.values()],
      gauges: [],
    };
  }
}

function newColumn(counter: CounterName, priority: number, ports: number): CounterColumn {
  const words = () => new Uint32Array(ports);
  return { counter, priority, widthBits: 64, high: words(), low: words(), present: new Uint8Array(ports) };
}

/** A whole number from 0, to the last bit; undefined for anything else. */
function exactValue(point: PointView, i: number): bigint | undefined {
  const other = point.others[i];
  if (typeof other === 'bigint') return other >= 0n ? other : undefined;
  const number = point.numbers[i];
  if (other !== undefined || point.kinds[i] === 'boolean' || number === undefined) return undefined;
  return Number.isSafeInteger(number) && number >= 0 ? BigInt(number) : undefined;
}
