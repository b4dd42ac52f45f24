import { decodePath, type PathElem } from '../proto/path.ts';
import { KnownBytes } from './known-bytes.ts';
import { type Budget, type Entry, PathCache } from './path-cache.ts';
import type { SlotFinder } from './slots.ts';

export interface Prefix {
  path: KnownBytes;
  elems: PathElem[];
  entries: PathCache<Entry>;
  /** Last path of the message before: the next message goes on behind it, or begins anew behind it. */
  before: Entry;
}

const NOTHING = new Uint8Array(0);

/** The prefixes and paths that have come in one call, by their bytes. */
export class PathMemory {
  private readonly prefixes: PathCache<Prefix>;
  /** The same leaves come under every port's prefix: kept once, their bytes stay near the processor. */
  private readonly leaves: PathCache<{ path: KnownBytes }>;

  constructor(
    private readonly slots: SlotFinder,
    private readonly budget: Budget,
  ) {
    this.prefixes = new PathCache(budget);
    this.leaves = new PathCache(budget);
  }

  get isFull(): boolean {
    return this.budget.isSpent;
  }

  clear(): void {
    this.prefixes.clear();
    this.leaves.clear();
    this.budget.reset();
  }

  prefixAt(bytes: Uint8Array, view: DataView, start: number, end: number): Prefix {
    let prefix = this.prefixes.find(bytes, view, start, end);
    if (prefix === undefined) {
      prefix = {
        path: new KnownBytes(bytes, start, end),
        elems: decodePath(bytes, start, end).elems,
        entries: new PathCache(this.budget),
        before: { path: new KnownBytes(NOTHING, 0, 0), slot: null, json: null, next: null },
      };
      this.prefixes.add(prefix);
    }
    return prefix;
  }

  /** @param before entry of the update in front of this one */
  entryAt(prefix: Prefix, before: Entry, bytes: Uint8Array, view: DataView, start: number, end: number): Entry {
    const guess = before.next;
    if (guess?.path.equals(view, start, end)) return guess;
    let entry = prefix.entries.find(bytes, view, start, end);
    if (entry === undefined) {
      const { elems } = decodePath(bytes, start, end);
      const slot = this.slots.find([...prefix.elems, ...elems]);
      entry = { path: this.leafAt(bytes, view, start, end), slot, json: null, next: null };
      prefix.entries.add(entry);
    }
    before.next = entry;
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
