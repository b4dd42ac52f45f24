import { decodePath, type PathElem } from '../proto/path.ts';
import type { JsonNode } from './json-node.ts';
import { KnownBytes } from './known-bytes.ts';
import { type Budget, PathCache } from './path-cache.ts';
import { PORT_OF_PREFIX, type Slot, type SlotFinder } from './slots.ts';

/** A path below a prefix and what it stands for. */
export interface Entry {
  path: KnownBytes;
  /** null = nothing of ours. */
  slot: Slot | null;
  /** The only prefix it holds under; null = under every one that has its number. */
  owner: Prefix | null;
  number: number;
  /** The entry that followed last time: messages repeat, so it is nearly always the next one again. */
  next: Entry | null;
}

export interface Prefix {
  path: KnownBytes;
  elems: PathElem[];
  /** Port of the first counter that came under it; -1 before. */
  port: number;
  /** Bit by number: the shared entries that hold here. */
  shared: Int32Array;
  /** Entries that hold here alone; null while there are none. */
  own: PathCache<Entry> | null;
  /** What documents under its paths hold; null while there are none. */
  documents: Map<Entry, JsonNode> | null;
  /** Last path of the message before: the next message goes on behind it, or begins anew behind it. */
  before: Entry;
}

/** Shared entries of one call. A set asks for tens of leaves; whatever goes beyond is kept by each prefix for itself. */
const MAX_SHARED = 512;
/** Of a prefix beside its path and its entries. */
const PREFIX_BYTES = 600;
const NOTHING = new Uint8Array(0);

/** Whether what an entry stands for is known to hold under a prefix. */
export function holdsUnder(prefix: Prefix, { owner, number }: Entry): boolean {
  if (owner !== null) return owner === prefix;
  return ((prefix.shared[number >> 5] ?? 0) & (1 << (number & 31))) !== 0;
}

/**
 * The prefixes and paths that have come in one call, by their bytes. The same leaves come under every port's prefix and
 * are the same counters of another port: such an entry is kept once. An entry for each leaf of each port would fill
 * hundreds of MiB on a large fabric, and be out of the processor's reach at every sample.
 */
export class PathMemory {
  private readonly prefixes: PathCache<Prefix>;
  private readonly shared: PathCache<Entry>;
  private sharedCount = 0;
  /** Bytes of the paths that are entries of several prefixes. */
  private readonly leaves: PathCache<{ path: KnownBytes }>;
  private begin = newEntry(new KnownBytes(NOTHING, 0, 0), null);

  constructor(
    private readonly slots: SlotFinder,
    private readonly budget: Budget,
  ) {
    this.prefixes = new PathCache(budget);
    this.shared = new PathCache(budget);
    this.leaves = new PathCache(budget);
  }

  get isFull(): boolean {
    return this.budget.isSpent;
  }

  clear(): void {
    this.prefixes.clear();
    this.shared.clear();
    this.sharedCount = 0;
    this.leaves.clear();
    this.begin = newEntry(this.begin.path, null);
    this.budget.reset();
  }

  prefixAt(bytes: Uint8Array, view: DataView, start: number, end: number): Prefix {
    let prefix = this.prefixes.find(bytes, view, start, end);
    if (prefix === undefined) {
      prefix = {
        path: new KnownBytes(bytes, start, end),
        elems: decodePath(bytes, start, end).elems,
        port: -1,
        shared: new Int32Array(MAX_SHARED / 32),
        own: null,
        documents: null,
        before: this.begin,
      };
      this.prefixes.add(prefix);
      this.budget.take(PREFIX_BYTES);
    }
    return prefix;
  }

  /** @param before entry of the update in front of this one */
  entryAt(prefix: Prefix, before: Entry, bytes: Uint8Array, view: DataView, start: number, end: number): Entry {
    const guess = before.next;
    if (guess !== null && holdsUnder(prefix, guess) && guess.path.equals(view, start, end)) return guess;
    const entry =
      this.shared.find(bytes, view, start, end, (one) => holdsUnder(prefix, one)) ??
      prefix.own?.find(bytes, view, start, end) ??
      this.learn(prefix, bytes, view, start, end);
    before.next = entry;
    return entry;
  }

  private learn(prefix: Prefix, bytes: Uint8Array, view: DataView, start: number, end: number): Entry {
    const slot = this.slots.find([...prefix.elems, ...decodePath(bytes, start, end).elems]);
    if (prefix.port < 0 && slot?.kind === 'counter') prefix.port = slot.port;
    if (slot === null || (slot.kind === 'counter' && slot.port === prefix.port)) {
      const entry = this.sharedAt(slot, bytes, view, start, end);
      if (entry !== null) {
        const { number } = entry;
        prefix.shared[number >> 5] = (prefix.shared[number >> 5] ?? 0) | (1 << (number & 31));
        return entry;
      }
    }
    const entry = newEntry(this.leafAt(bytes, view, start, end), slot, prefix);
    prefix.own ??= new PathCache(this.budget);
    prefix.own.add(entry);
    return entry;
  }

  /** The entry that other prefixes have for the same bytes, where they are the same counter; null where there are too many. */
  private sharedAt(
    slot: Extract<Slot, { kind: 'counter' }> | null,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
  ): Entry | null {
    const known = this.shared.find(bytes, view, start, end, (one) => isSameOfAnyPort(one.slot, slot));
    if (known !== undefined) return known;
    if (this.sharedCount === MAX_SHARED) return null;
    const ofPrefix = slot === null ? null : { ...slot, port: PORT_OF_PREFIX };
    const entry = newEntry(this.leafAt(bytes, view, start, end), ofPrefix, null, this.sharedCount++);
    this.shared.add(entry);
    return entry;
  }

  private leafAt(bytes: Uint8Array, view: DataView, start: number, end: number): KnownBytes {
    let leaf = this.leaves.find(bytes, view, start, end);
    if (leaf === undefined) {
      leaf = { path: new KnownBytes(bytes, start, end) };
      this.leaves.add(leaf);
    }
    return leaf.path;
  }
}

function newEntry(path: KnownBytes, slot: Slot | null, owner: Prefix | null = null, number = -1): Entry {
  return { path, slot, owner, number, next: null };
}

function isSameOfAnyPort(a: Slot | null, b: Slot | null): boolean {
  if (a?.kind !== 'counter' || b?.kind !== 'counter') return a === b;
  return a.part === b.part && a.divisor === b.divisor && a.watch === b.watch && a.leaf === b.leaf;
}
