import type { CounterName, GaugeColumn, GaugeName, ReadingFrame } from '../../../lib/counters/reading.ts';
import type { Quantity, StateName } from '../paths/types.ts';
import { Congestion } from './congestion.ts';
import { Gauges } from './gauges.ts';
import { Neighbours } from './neighbours.ts';
import { Optics } from './optics.ts';
import { instantOf, PortStates } from './states.ts';
import { type Part, Sums } from './sums.ts';

interface Column {
  quantity: Extract<Quantity, { kind: 'counter' }>;
  parts: Map<string, Part>;
}

/** More ports than any switch has; beyond it a target is not believed. */
export const MAX_PORTS = 4096;

/** Summands of one counter: no port has more queues. */
const MAX_PARTS = 64;

/** The last values of one device, by port: what streams write and frames are cut from. */
export class DeviceTable {
  readonly names: string[] = [];
  private frozen: readonly string[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly aliases = new Map<string, string>();
  private readonly columns = new Map<string, Column>();
  private capacity = 64;
  /** [port] device time of its last counters, ms. */
  atMs = nan(64);
  readonly gauges = new Gauges();
  readonly states = new PortStates();
  readonly optics = new Optics();
  readonly congestion = new Congestion((name) => this.port(name));
  readonly neighbours = new Neighbours();
  private bootMs = Number.NaN;
  /** Grows when slots handed out before are void. */
  generation = 0;

  constructor(private readonly wanted: (port: string) => boolean) {}

  /** Index of a port, made on first sight; -1 where it is not to be read. */
  port(name: string): number {
    const own = this.aliases.get(name) ?? fullName(name);
    const known = this.indexes.get(own);
    if (known !== undefined) return known;
    if (!this.wanted(own) || this.names.length >= MAX_PORTS) return -1;
    const index = this.names.length;
    if (index === this.capacity) this.grow();
    this.names.push(own);
    this.indexes.set(own, index);
    this.states.add();
    this.optics.tellAgain();
    return index;
  }

  /** Where a counter's part is kept, as long as `generation` stands; null where a device names too many of them. */
  part(quantity: Extract<Quantity, { kind: 'counter' }>): Part | null {
    const key = `${quantity.counter}:${quantity.priority}`;
    let column = this.columns.get(key);
    if (column === undefined) {
      column = { quantity, parts: new Map() };
      this.columns.set(key, column);
    }
    let part = column.parts.get(quantity.part);
    if (part === undefined) {
      if (column.parts.size >= MAX_PARTS) return null;
      part = {
        rank: quantity.rank,
        grows: quantity.grows,
        high: new Uint32Array(this.capacity),
        low: new Uint32Array(this.capacity),
        receivedMs: nan(this.capacity),
      };
      column.parts.set(quantity.part, part);
    }
    return part;
  }

  /** True where a port has given leaves of a lower rank, which count instead. */
  hasBetter({ counter, priority, rank }: Extract<Quantity, { kind: 'counter' }>, port: number): boolean {
    if (rank === 0) return false;
    for (const part of this.columns.get(`${counter}:${priority}`)?.parts.values() ?? [])
      if (!part.grows && part.rank < rank && !Number.isNaN(part.receivedMs[port] ?? Number.NaN)) return true;
    return false;
  }

  setState(state: StateName, port: number, text: string): void {
    if (state === 'transceiver' && text !== this.states.transceiverOf(port)) this.optics.tellAgain();
    if (state === 'lanes' && text !== this.states.lanesOf(port)) this.optics.tellAgain();
    if (state === 'alias') this.setAlias(text, this.names[port] ?? '');
    else this.states.set(state, port, text);
  }

  /** When the device started, by its own clock. */
  setBoot(text: string): void {
    this.bootMs = instantOf(text);
  }

  /** Removes what was deleted on the device; a port is null for all of them. */
  forget(port: string | null, covers: (quantity: Quantity) => boolean): void {
    if (covers({ kind: 'boot' })) this.bootMs = Number.NaN;
    // Transceivers go by names that need not be those of ports.
    if (covers({ kind: 'optic', gauge: 'rxPowerDbm', lane: '' }) || covers({ kind: 'lanes', gauge: 'rxSnrDb' }))
      this.optics.forget(port);
    const index = port === null ? null : this.indexes.get(this.aliases.get(port) ?? fullName(port));
    if (index === undefined) return;
    const clear = (array: Float64Array): void => {
      if (index === null) array.fill(Number.NaN);
      else array[index] = Number.NaN;
    };
    for (const { quantity, parts } of this.columns.values())
      for (const [name, part] of parts) if (covers({ ...quantity, part: name })) clear(part.receivedMs);
    this.gauges.forget(index, covers);
    this.states.forget(index, covers);
    this.neighbours.forget(index, (id) => covers({ kind: 'neighbour', id, field: 'portId' }));
  }

  /**
   * One poll of the device: values that came within `holdMs`. A value the device sends more rarely than frames are cut
   * stands still meanwhile, as it would over SNMP. Ports without a counter since `sinceMs` count as not read.
   */
  frame(device: string, sinceMs: number, nowMs: number, holdMs: number, clockErrorMs: number): ReadingFrame | null {
    const ports = this.names.length;
    const atMs = nan(ports);
    let read = 0;
    if (this.frozen.length !== ports) this.frozen = [...this.names];
    const counters: ReadingFrame['counters'] = [];
    const sums = new Sums(this.columns.size, ports);
    for (const { quantity, parts } of this.columns.values()) {
      const { counter, priority, widthBits } = quantity;
      const column = sums.next([...parts.values()], nowMs - holdMs);
      for (let port = 0; read < ports && port < ports; port++) {
        if (!((sums.latestMs[port] ?? Number.NaN) >= sinceMs) || !Number.isNaN(atMs[port] ?? 0)) continue;
        atMs[port] = this.atMs[port] ?? Number.NaN;
        read++;
      }
      counters.push({ counter, priority, widthBits, ...column });
    }
    if (read === 0) return null;
    const lastClears = this.states.lastClears();
    return {
      device,
      ports: this.frozen,
      atMs,
      clockErrorMs,
      ...(this.bootMs > 0 && this.bootMs <= nowMs ? { uptimeMs: nowMs - this.bootMs } : {}),
      ...(lastClears.every(Number.isNaN) ? {} : { discontinuityMs: lastClears }),
      linkRateBitsPerSec: this.states.linkRates(),
      linkUp: this.states.linkUps(),
      counters,
      gauges: merged([
        ...this.gauges.held(ports, nowMs - holdMs),
        ...this.opticGauges(ports),
        ...this.congestion.take(ports),
      ]),
    };
  }

  /** A transceiver goes by the name the port gives it, else by the port's own; on Cumulus by the number of its cage. */
  private opticGauges(ports: number): GaugeColumn[] {
    return this.optics.take(ports, (port) => {
      const name = this.names[port] ?? '';
      const components = [this.states.transceiverOf(port), name, name.replace(/^swp(\d+)(s\d+)?$/, 'transceiver$1')];
      return { components, lanes: this.states.lanesOf(port) };
    });
  }

  /** Counters and gauges seen so far, and which states are known of some port. */
  get shown(): { counters: Set<CounterName>; gauges: Set<GaugeName>; linkUp: boolean; linkRate: boolean } {
    return {
      counters: new Set([...this.columns.values()].map(({ quantity }) => quantity.counter)),
      gauges: new Set([...this.gauges.shown, ...this.optics.shown]),
      ...this.states.shown,
    };
  }

  /** A port that was seen under its alias before its name was known begins anew. */
  private setAlias(alias: string, name: string): void {
    if (alias === name || alias === '' || this.aliases.get(alias) === name || this.aliases.size >= MAX_PORTS) return;
    this.aliases.set(alias, name);
    if (!this.indexes.has(alias)) return;
    this.names.length = 0;
    this.indexes.clear();
    this.columns.clear();
    this.gauges.clear();
    this.states.clear();
    this.neighbours.clear();
    this.congestion.clear();
    this.frozen = [];
    this.generation++;
  }

  private grow(): void {
    this.capacity *= 2;
    this.atMs = widen(this.atMs, this.capacity);
    for (const { parts } of this.columns.values()) {
      for (const part of parts.values()) {
        part.receivedMs = widen(part.receivedMs, this.capacity);
        for (const word of ['high', 'low'] as const) {
          const wide = new Uint32Array(this.capacity);
          wide.set(part[word]);
          part[word] = wide;
        }
      }
    }
  }
}

/** One column a gauge and priority: where two sources tell of the same queue, the deeper one counts. */
function merged(columns: readonly GaugeColumn[]): GaugeColumn[] {
  const byKey = new Map<string, GaugeColumn>();
  for (const column of columns) {
    const key = `${column.gauge}:${column.priority}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, column);
    else
      for (const [port, value] of column.values.entries())
        if (!(value <= (known.values[port] ?? Number.NaN)) && !Number.isNaN(value)) known.values[port] = value;
  }
  return [...byKey.values()];
}

/** NX-OS says "eth1/1" in some trees and "Ethernet1/1" in others, and to its neighbours. */
function fullName(port: string): string {
  return port.replace(/^eth(?=\d+\/)/, 'Ethernet');
}

function nan(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

function widen(array: Float64Array, length: number): Float64Array {
  const wide = nan(length);
  wide.set(array);
  return wide;
}
