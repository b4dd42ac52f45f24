import { QUALITIES, SAMPLE_FIELDS, type SampleField } from '../samples/fields.ts';
import type { SampleFrame } from '../samples/frame.ts';
import { BlockedHistory } from './blocked-history.ts';

/** A value that came this much before its port's newest is no longer exposed, unless its own interval is that long. */
const FORGET_AFTER_MS = 120_000;
const SLOTS = 9;
const SUSPECT = QUALITIES.indexOf('suspect_unit');
const BOUNDED = QUALITIES.indexOf('bounded');

interface DeviceValues {
  ports: readonly string[];
  /** [port] true once it has told pause or credit waits. */
  tells: boolean[];
  index: Map<string, number>;
  /** [port] newest end, and the interval that ended then. */
  endMs: number[];
  intervalMs: number[];
  /** [field * 9 + priority + 1] */
  columns: (Column | undefined)[];
  /** [field] the columns that say how it stands as a whole: its own, and those of priorities where the worst one counts. */
  whole: (Column[] | undefined)[];
}

interface Column {
  values: number[];
  endMs: number[];
  /** [port] true where the value is only an upper bound; absent while no port's is. */
  bounded?: boolean[];
}

/** A value and whether it is no more than an upper bound. */
interface Told {
  value: number;
  bounded: boolean;
}

/** Newest values of one port. */
export interface PortValues {
  device: string;
  port: string;
  atMs: number;
  intervalMs: number;
  /** Of the whole port; pause fractions known only per priority stand here as their largest. */
  whole: Partial<Record<SampleField, number>>;
  /** Fields of `whole` that are upper bounds: pause that is counted in frames only, credit wait. */
  bounded: SampleField[];
  priorities: { priority: number; latest: Partial<Record<SampleField, number>> }[];
}

/** The newest numbers of a port that a map needs; null where the device does not tell. */
export interface PortGlance {
  atMs: number;
  intervalMs: number;
  /** Share of time it was blocked, 0..1. */
  blocked: number | null;
  /** True where `blocked` is only an upper bound. */
  blockedBounded: boolean;
  /** The busier direction, 0..1. */
  util: number | null;
}

/** Fields whose largest priority is at least the whole port's value. */
const WORST_OF_PRIORITIES: readonly SampleField[] = ['rxPauseFraction', 'txPauseFraction', 'ecnMarkFraction'];

/** The newest value of every field of every port, so that screens need no query for "now". Fed with frames. */
export class LiveValues {
  readonly #devices = new Map<string, DeviceValues>();
  #ports = 0;
  #telling = 0;
  readonly blocked = new BlockedHistory();
  newestEndMs: number | null = null;

  add(frame: SampleFrame): void {
    this.blocked.add(frame);
    const device = this.#device(frame);
    for (let row = 0; row < frame.ports.length; row++) {
      const endMs = frame.endMs[row] as number;
      if (Number.isNaN(endMs)) continue;
      const port = device.index.get(frame.ports[row] as string) as number;
      if (endMs >= (device.endMs[port] ?? Number.NEGATIVE_INFINITY)) {
        device.endMs[port] = endMs;
        device.intervalMs[port] = endMs - (frame.startMs[row] as number);
      }
      if (this.newestEndMs === null || endMs > this.newestEndMs) this.newestEndMs = endMs;
      // A value whose unit breaks physics is kept in the store, never shown as the state of a port.
      if (frame.quality[row] === SUSPECT) continue;
      setRow(device, frame, row, port, endMs);
      if (device.tells[port] !== true && tellsBlocked(frame, row)) {
        device.tells[port] = true;
        this.#telling++;
      }
    }
  }

  #device(frame: SampleFrame): DeviceValues {
    let device = this.#devices.get(frame.device);
    if (!device) {
      device = { ports: [], index: new Map(), tells: [], endMs: [], intervalMs: [], columns: [], whole: [] };
      this.#devices.set(frame.device, device);
    }
    if (device.ports !== frame.ports) {
      for (const port of frame.ports) {
        if (device.index.has(port)) continue;
        device.index.set(port, device.index.size);
        this.#ports++;
      }
      device.ports = frame.ports;
    }
    return device;
  }

  devices(): Iterable<string> {
    return this.#devices.keys();
  }

  has(device: string): boolean {
    return this.#devices.has(device);
  }

  ports(device: string): Iterable<string> {
    return this.#devices.get(device)?.index.keys() ?? [];
  }

  portCount(): number {
    return this.#ports;
  }

  /** Ports that have told pause or credit waits: of the others nobody can say whether they are held. */
  tellingCount(): number {
    return this.#telling;
  }

  /** Newest end of any port of a device, with the interval that ended then; null where it never gave a sample. */
  newestOf(device: string): { atMs: number; intervalMs: number } | null {
    const { endMs = [], intervalMs = [] } = this.#devices.get(device) ?? {};
    let newest = -1;
    for (let row = 0; row < endMs.length; row++) {
      if ((endMs[row] ?? 0) > (endMs[newest] ?? 0)) newest = row;
    }
    return newest < 0 ? null : { atMs: endMs[newest] ?? 0, intervalMs: intervalMs[newest] ?? 0 };
  }

  /** Newest end of one port, with the interval that ended then; null where it never gave a sample. */
  newestOfPort(device: string, port: string): { atMs: number; intervalMs: number } | null {
    const entry = this.#devices.get(device);
    const row = entry?.index.get(port);
    const atMs = row === undefined ? undefined : entry?.endMs[row];
    return atMs === undefined ? null : { atMs, intervalMs: entry?.intervalMs[row ?? 0] ?? 0 };
  }

  /** What the fabric map shows of a port, without gathering everything else. */
  glance(device: string, port: string): PortGlance | undefined {
    const entry = this.#devices.get(device);
    const row = entry?.index.get(port);
    if (!entry || row === undefined || entry.endMs[row] === undefined) return undefined;
    const atMs = entry.endMs[row] ?? 0;
    const intervalMs = entry.intervalMs[row] ?? 0;
    const oldestMs = oldestOf(atMs, intervalMs);
    const of = (field: SampleField) => wholeValue(entry, field, row, oldestMs);
    // Told to stop by pause frames, or out of InfiniBand credits.
    const blocked = larger(of('rxPauseFraction'), of('xmitWaitFraction'));
    return {
      atMs,
      intervalMs,
      blocked: blocked === null ? null : Math.min(1, blocked.value),
      blockedBounded: blocked?.bounded === true,
      util: larger(of('rxUtilFraction'), of('txUtilFraction'))?.value ?? null,
    };
  }

  /** The newest value of one field of a port, as `port()` gives it for the whole port; null where it is not exposed. */
  value(device: string, port: string, field: SampleField): number | null {
    const entry = this.#devices.get(device);
    const row = entry?.index.get(port);
    if (!entry || row === undefined) return null;
    return wholeValue(entry, field, row, oldestOf(entry.endMs[row] ?? 0, entry.intervalMs[row] ?? 0))?.value ?? null;
  }

  port(device: string, port: string): PortValues | undefined {
    const entry = this.#devices.get(device);
    const row = entry?.index.get(port);
    if (!entry || row === undefined || entry.endMs[row] === undefined) return undefined;
    const atMs = entry.endMs[row] ?? 0;
    const intervalMs = entry.intervalMs[row] ?? 0;
    const oldestMs = oldestOf(atMs, intervalMs);
    const whole: Partial<Record<SampleField, number>> = {};
    const priorities: PortValues['priorities'] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const latest = slot === 0 ? whole : {};
      if (readSlot(entry, row, slot, oldestMs, latest) && slot > 0) priorities.push({ priority: slot - 1, latest });
    }
    for (const field of WORST_OF_PRIORITIES) {
      const worst = wholeValue(entry, field, row, oldestMs);
      if (worst !== null) whole[field] = worst.value;
    }
    const bounded = (Object.keys(whole) as SampleField[]).filter(
      (field) => wholeValue(entry, field, row, oldestMs)?.bounded === true,
    );
    return { device, port, atMs, intervalMs, whole, bounded, priorities };
  }
}

function setRow(device: DeviceValues, frame: SampleFrame, row: number, port: number, endMs: number): void {
  for (const { field, priority, values } of frame.columns) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    const key = fieldIndex(field) * SLOTS + priority + 1;
    let column = device.columns[key];
    if (!column) {
      column = { values: [], endMs: [] };
      device.columns[key] = column;
      if (priority < 0 || WORST_OF_PRIORITIES.includes(field)) {
        const index = fieldIndex(field);
        device.whole[index] = [...(device.whole[index] ?? []), column];
      }
    }
    if (endMs < (column.endMs[port] ?? Number.NEGATIVE_INFINITY)) continue;
    column.values[port] = value;
    column.endMs[port] = endMs;
    const bounded = frame.quality[row] === BOUNDED;
    if (bounded) column.bounded ??= [];
    if (column.bounded !== undefined) column.bounded[port] = bounded;
  }
}

function tellsBlocked({ columns }: SampleFrame, row: number): boolean {
  return columns.some(
    ({ field, values }) =>
      (field === 'rxPauseFraction' || field === 'txPauseFraction' || field === 'xmitWaitFraction') &&
      !Number.isNaN(values[row] as number),
  );
}

/** A value that came before this is no longer exposed. */
function oldestOf(atMs: number, intervalMs: number): number {
  return atMs - Math.max(FORGET_AFTER_MS, 10 * intervalMs);
}

function wholeValue(entry: DeviceValues, field: SampleField, row: number, oldestMs: number): Told | null {
  const columns = entry.whole[fieldIndex(field)];
  if (columns === undefined) return null;
  let found: Told | null = null;
  for (const { values, endMs, bounded } of columns) {
    const atMs = endMs[row];
    if (atMs === undefined || atMs < oldestMs) continue;
    found = larger(found, { value: values[row] as number, bounded: bounded?.[row] === true });
  }
  return found;
}

function readSlot(
  entry: DeviceValues,
  row: number,
  slot: number,
  oldestMs: number,
  latest: Partial<Record<SampleField, number>>,
): boolean {
  let any = false;
  for (let field = 0; field < SAMPLE_FIELDS.length; field++) {
    const column = entry.columns[field * SLOTS + slot];
    const endMs = column?.endMs[row];
    const name = SAMPLE_FIELDS[field];
    if (column === undefined || endMs === undefined || endMs < oldestMs || name === undefined) continue;
    latest[name] = column.values[row] as number;
    any = true;
  }
  return any;
}

const FIELD_INDEX = new Map<SampleField, number>(SAMPLE_FIELDS.map((field, index) => [field, index]));

function fieldIndex(field: SampleField): number {
  return FIELD_INDEX.get(field) ?? 0;
}

/** The larger of two; of equal ones the measured one. */
function larger(a: Told | null, b: Told | null): Told | null {
  if (a === null || b === null) return a ?? b;
  if (a.value === b.value) return a.bounded ? b : a;
  return a.value > b.value ? a : b;
}

/** Intervals after which a port without a new sample is stale, and what delivery may take on top, ms. */
const STALE_INTERVALS = 3;
const DELIVERY_MS = 2000;

/** Whether a newest sample is too old to speak of now. */
export function isStale(atMs: number, intervalMs: number, nowMs: number): boolean {
  return nowMs - atMs > STALE_INTERVALS * intervalMs + DELIVERY_MS;
}
