import type { PortPage } from '../api/types.ts';
import type { SampleField } from '../samples/fields.ts';
import type { PortRef } from '../topology/types.ts';
import type { FabricState } from './fabric-state.ts';
import { isStale, type LiveValues } from './live-values.ts';
import { decodeCursor, encodeCursor, pageByKey, pageSize } from './paging.ts';

/** Which ports, in which order, from where. */
export interface PortListQuery {
  device?: string;
  /** Every word must be in the name of the port, its other end or a job; `job:x` and `device:x` look only there. */
  search?: string;
  /** Largest first where `desc`; ports without that value come last. Left out: an order that never changes. */
  sort?: SampleField | 'port';
  desc?: boolean;
  /** With `sort`: how many to pass over. */
  offset?: number;
  limit?: number;
  cursor?: string;
}

interface Entry extends PortRef {
  key: string;
  /** "device/port" in lower case. */
  name: string;
}

/** What of an entry is looked through beside its own name. */
interface Around {
  peer: string;
  jobs: string;
}

/** Who scrolls or looks at two pages of one order gets them from the same order, ms. */
const KEEP_ORDER_MS = 1000;
const MOST_ORDERS = 16;

interface Order {
  atMs: number;
  entries: readonly Entry[];
  stale: number;
}

/** The list of all ports: filtered, sorted and cut here, so that nobody has to carry 30,000 rows to see forty. */
export class PortList {
  #ports = -1;
  #byKey: Entry[] = [];
  #byName: Entry[] = [];
  #around = new Map<Entry, Around>();
  #aroundOf: object | undefined;
  readonly #orders = new Map<string, Order>();

  constructor(
    private readonly live: LiveValues,
    private readonly fabric: FabricState,
  ) {}

  /** @returns refs of one page, with how many there are in all, match, and are stale of those that match */
  page(query: PortListQuery, nowMs: number): Omit<PortPage, 'items'> & { items: PortRef[] } {
    this.#index();
    const all = this.#byKey.length;
    if (query.sort === undefined) {
      const matching = this.#matching(this.#byKey, query);
      const page = pageByKey(matching, ({ key }) => key, query);
      return { ...page, all, total: matching.length, stale: this.#stale(matching, nowMs) };
    }
    const { entries, stale } = this.#ordered(query.sort, query, nowMs);
    const start = query.cursor === undefined ? (query.offset ?? 0) : decodeCursor(query.cursor, isOffset);
    const end = start + pageSize(query.limit);
    const nextCursor = end < entries.length ? encodeCursor(end) : null;
    return { items: entries.slice(start, end), nextCursor, all, total: entries.length, stale };
  }

  /** Ports only ever join: as many as before are the same as before. */
  #index(): void {
    if (this.live.portCount() === this.#ports) return;
    this.#ports = this.live.portCount();
    this.#byName = [];
    for (const device of [...this.live.devices()].sort(naturalOrder)) {
      for (const port of [...this.live.ports(device)].sort(naturalOrder)) {
        this.#byName.push({
          device,
          port,
          key: `${device}\u0000${port}`,
          name: `${device}/${port}`.toLowerCase(),
        });
      }
    }
    this.#byKey = this.#byName.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    this.#around = new Map();
    this.#orders.clear();
  }

  #ordered(sort: SampleField | 'port', query: PortListQuery, nowMs: number): Order {
    const key = JSON.stringify([sort, query.desc === true, query.device ?? null, query.search ?? '']);
    const known = this.#orders.get(key);
    if (known !== undefined && Math.abs(nowMs - known.atMs) < KEEP_ORDER_MS) return known;
    const matching = this.#matching(this.#byName, query);
    const entries = sort === 'port' ? byName(matching, query.desc === true) : this.#byValue(matching, sort, query.desc);
    const order = { atMs: nowMs, entries, stale: this.#stale(matching, nowMs) };
    this.#orders.delete(key);
    this.#orders.set(key, order);
    for (const oldest of this.#orders.keys()) {
      if (this.#orders.size <= MOST_ORDERS) break;
      this.#orders.delete(oldest);
    }
    return order;
  }

  #byValue(entries: readonly Entry[], field: SampleField, desc = false): Entry[] {
    const values = entries.map(({ device, port }) => this.live.value(device, port, field));
    const sign = desc ? -1 : 1;
    const known: number[] = [];
    const unknown: Entry[] = [];
    entries.forEach((entry, index) => {
      if (values[index] === null) unknown.push(entry);
      else known.push(index);
    });
    // Equal values stay in the order of names: rows must not dance.
    known.sort((a, b) => sign * ((values[a] as number) - (values[b] as number)) || a - b);
    return [...known.map((index) => entries[index] as Entry), ...unknown];
  }

  #matching(entries: readonly Entry[], { device, search = '' }: PortListQuery): readonly Entry[] {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    if (device === undefined && words.length === 0) return entries;
    return entries.filter(
      (entry) => (device === undefined || entry.device === device) && words.every((word) => this.#matches(entry, word)),
    );
  }

  #matches(entry: Entry, word: string): boolean {
    if (word.startsWith('job:')) return this.#aroundEntry(entry).jobs.includes(word.slice(4));
    if (word.startsWith('device:')) return entry.device.toLowerCase().includes(word.slice(7));
    if (entry.name.includes(word)) return true;
    const { peer, jobs } = this.#aroundEntry(entry);
    return peer.includes(word) || jobs.includes(word);
  }

  #aroundEntry(entry: Entry): Around {
    const map = this.fabric.map();
    if (this.#aroundOf !== map) {
      this.#around = new Map();
      this.#aroundOf = map;
    }
    let around = this.#around.get(entry);
    if (around === undefined) {
      const peer = map.peerOf(entry.device, entry.port);
      around = {
        peer: peer === undefined ? '' : `${peer.device}/${peer.port}`.toLowerCase(),
        jobs: this.fabric.jobsOf(entry.device, entry.port).join(' ').toLowerCase(),
      };
      this.#around.set(entry, around);
    }
    return around;
  }

  #stale(entries: readonly Entry[], nowMs: number): number {
    let stale = 0;
    for (const { device, port } of entries) {
      const newest = this.live.newestOfPort(device, port);
      if (newest === null || isStale(newest.atMs, newest.intervalMs, nowMs)) stale++;
    }
    return stale;
  }
}

/** leaf2 before leaf10, Ethernet1/9 before Ethernet1/10. */
export const naturalOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare;

function byName(entries: readonly Entry[], desc: boolean): readonly Entry[] {
  return desc ? entries.toReversed() : entries;
}

const isOffset = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
