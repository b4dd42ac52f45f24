import type { PathSet, Quantity } from '../paths/types.ts';
import { type PathElem, parsePath } from '../proto/path.ts';
import type { Part } from './sums.ts';
import type { DeviceTable } from './table.ts';
import { decimalToWords, type Words } from './words.ts';

/** In place of a port: that of the prefix which a leaf came under. */
export const PORT_OF_PREFIX = -1;

/** Whether a leaf of a set has come with a value, of any port. */
export interface LeafSeen {
  seen: boolean;
}

const UNWATCHED: LeafSeen = { seen: false };

/** What a leaf's value is written to. */
export type Slot =
  | { kind: 'counter'; part: Part; port: number; divisor: number; watch: number; leaf: LeafSeen }
  /** `set` returns whether it was a value. `paced`: comes with the counters and belongs into their frame. */
  | { kind: 'other'; set(text: string, nowMs: number): boolean; watch: number; paced: boolean; leaf: LeafSeen };

/** Finds out what a path stands for: once per path and connection, so it may cost something. */
export class SlotFinder {
  private readonly watched: PathElem[][];

  constructor(
    private readonly set: PathSet,
    private readonly table: DeviceTable,
    /** Number of the set's first path among the device's watched paths. */
    private readonly firstWatch: number,
    /** By `Meaning.leaf`: who wants to know what has come. */
    private readonly leaves: ReadonlyMap<string, LeafSeen> = new Map(),
  ) {
    this.watched = set.paths.map(({ path }) => parsePath(path));
  }

  /** null = nothing of ours. */
  find(elems: readonly PathElem[]): Slot | null {
    const { table } = this;
    const meaning = this.set.meaningOf(elems);
    if (meaning === null) return null;
    const { quantity } = meaning;
    const watch = this.firstWatch + watchOf(this.watched, elems);
    const leaf = this.leaves.get(meaning.leaf) ?? UNWATCHED;
    if (quantity.kind === 'counter') {
      const port = table.port(meaning.port);
      // What would not count need not be read.
      const part = port < 0 || table.hasBetter(quantity, port) ? null : table.part(quantity);
      if (part === null) return null;
      if (quantity.grows) return { kind: 'other', set: adder(part, port), watch, paced: true, leaf };
      return { kind: 'counter', part, port, divisor: quantity.divisor, watch, leaf };
    }
    const set = this.setterOf(meaning.port, quantity);
    return set === null ? null : { kind: 'other', set, watch, paced: quantity.kind === 'gauge', leaf };
  }

  private setterOf(
    name: string,
    quantity: Exclude<Quantity, { kind: 'counter' }>,
  ): ((text: string, nowMs: number) => boolean) | null {
    const { table } = this;
    if (quantity.kind === 'boot') return said((text) => table.setBoot(text));
    if (quantity.kind === 'identity') return said((text) => table.neighbours.setOwn(quantity.field, text));
    if (quantity.kind === 'congestion') return said((text) => table.congestion.set(quantity.field, text));
    if (quantity.kind === 'optic')
      return (text) => {
        const value = toNumber(text);
        table.optics.set(name, quantity.lane, quantity.gauge, value);
        return Number.isFinite(value);
      };
    if (quantity.kind === 'lanes')
      return (text) => {
        const lanes = lanesIn(text);
        for (const [lane, value] of lanes) table.optics.set(name, lane, quantity.gauge, value);
        return lanes.length > 0;
      };
    const port = table.port(name);
    if (port < 0) return null;
    if (quantity.kind === 'state') return said((text) => table.setState(quantity.state, port, quantity.text ?? text));
    if (quantity.kind === 'neighbour')
      return said((text) => table.neighbours.set(port, quantity.id, quantity.field, text));
    const { gauge, priority } = quantity;
    return (text, nowMs) => {
      const value = toNumber(text);
      if (!Number.isFinite(value)) return false;
      table.gauges.set(gauge, priority, port, value, nowMs);
      return true;
    };
  }
}

/** Adds what one leaf grows by to a part that many leaves share. A leaf that falls has begun anew. */
function adder(part: Part, port: number): (text: string, nowMs: number) => boolean {
  const words = { high: 0, low: 0 };
  let before: bigint | null = null;
  return (text, nowMs) => {
    if (!decimalToWords(text, words)) return false;
    const now = toBigInt(words);
    const grown = before !== null && now > before ? now - before : 0n;
    before = now;
    const total = BigInt.asUintN(64, toBigInt({ high: part.high[port] ?? 0, low: part.low[port] ?? 0 }) + grown);
    part.high[port] = Number(total >> 32n);
    part.low[port] = Number(total & 0xffff_ffffn);
    part.receivedMs[port] = nowMs;
    return true;
  };
}

function toBigInt({ high, low }: Words): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Lanes a module has at most. */
const MAX_LANES = 64;
/** No signal to noise ratio is as large in dB: newer SONiC gives dB, older ones the same in parts of 1/256 dB. */
const MAX_DB = 100;

/** Lanes of `{"0":14.5,"1":15.0}`; none where the text is something else. @source sonic-sairedis, sai_serialize_port_snr_list */
function lanesIn(text: string): [lane: string, value: number][] {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return [];
    return Object.entries(found)
      .slice(0, MAX_LANES)
      .flatMap(([lane, value]) => (typeof value === 'number' ? [[lane, value > MAX_DB ? value / 256 : value]] : []));
  } catch {
    return [];
  }
}

/** Of what is told in words: any word is a value. */
function said(set: (text: string) => void): (text: string) => boolean {
  return (text) => {
    set(text);
    return text !== '';
  };
}

/** NaN for what is no number; `Number('')` would be 0. */
function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** The longest of the asked paths that a leaf lies under. */
export function watchOf(watched: readonly PathElem[][], elems: readonly PathElem[]): number {
  let best = 0;
  let length = 0;
  const plain = (elem: PathElem | undefined): string => elem?.name.slice(elem.name.indexOf(':') + 1) ?? '';
  watched.forEach((path, index) => {
    const under = path.every((elem, at) => plain(elem) === plain(elems[at]) || elem.name.endsWith('*'));
    if (under && path.length > length) {
      best = index;
      length = path.length;
    }
  });
  return best;
}
