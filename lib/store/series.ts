import { StoreError } from '../errors.ts';

/** One series: a port, whole (priority -1) or one PFC priority 0..7. */
export interface SeriesRef {
  device: string;
  port: string;
  priority: number;
}

/** Lowest slot is the whole port. */
const PRIORITY_SLOTS = 9;

/** More series than any fabric has; a client that invents names must not fill the memory. */
const DEFAULT_MAX_SERIES = 4_000_000;

interface DevicePorts {
  ports: string[];
  /** What `ports()` last handed out; undefined once a port was added. */
  published: string[] | undefined;
  slots: Map<string, Int32Array>;
  indexes: Map<string, number>;
}

/**
 * Small numbers for series, so that rows carry four bytes instead of three strings. Ids grow from 0, are never reused
 * and mean nothing outside this process.
 */
export class SeriesDictionary {
  /** [id] */
  readonly series: SeriesRef[] = [];
  /** [id] index of the series' port in `ports(device)`. */
  readonly portIndex: number[] = [];
  readonly #devices = new Map<string, DevicePorts>();

  constructor(private readonly maxSeries = DEFAULT_MAX_SERIES) {}

  /**
   * @param priority -1 for the whole port, else 0..7
   * @throws StoreError when there are more series than any fabric has
   */
  id(device: string, port: string, priority: number): number {
    let entry = this.#devices.get(device);
    if (!entry) {
      entry = { ports: [], published: undefined, slots: new Map(), indexes: new Map() };
      this.#devices.set(device, entry);
    }
    let slots = entry.slots.get(port);
    if (!slots) {
      if (this.series.length >= this.maxSeries) {
        throw new StoreError('too_large', `more than ${this.maxSeries} series`, { retryable: false });
      }
      slots = new Int32Array(PRIORITY_SLOTS).fill(-1);
      entry.slots.set(port, slots);
      entry.indexes.set(port, entry.ports.length);
      entry.ports.push(port);
      entry.published = undefined;
    }
    const known = slots[priority + 1] ?? -1;
    if (known >= 0) return known;
    const id = this.series.length;
    this.series.push({ device, port, priority });
    this.portIndex.push(entry.indexes.get(port) ?? 0);
    slots[priority + 1] = id;
    return id;
  }

  /** Port names of a device in the order they were first seen; a new array whenever one is added. */
  ports(device: string): readonly string[] {
    const entry = this.#devices.get(device);
    if (!entry) return [];
    entry.published ??= [...entry.ports];
    return entry.published;
  }
}
