import type { KnownBytes } from './known-bytes.ts';

/**
 * What all that is remembered of one call may take, about, in bytes. A device of a thousand ports with all its queues
 * stays below; one that invents new paths for ever is begun anew with, again and again.
 */
const MAX_BYTES = 48 * 1024 * 1024;
/** Of an entry beside its path, and of a name in a document. */
export const ENTRY_BYTES = 200;

export class Budget {
  private left: number;

  constructor(private readonly bytes = MAX_BYTES) {
    this.left = bytes;
  }

  take(bytes: number): void {
    this.left -= bytes;
  }

  get isSpent(): boolean {
    return this.left < 0;
  }

  reset(): void {
    this.left = this.bytes;
  }
}

/** Remembers what the bytes of a path stand for, so that a path is understood once and then only compared. */
export class PathCache<Value extends { path: KnownBytes }> {
  private readonly byHash = new Map<number, Value[]>();

  constructor(private readonly budget: Budget) {}

  /** @param suits tells values of the same bytes apart */
  find(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    suits?: (value: Value) => boolean,
  ): Value | undefined {
    const candidates = this.byHash.get(hash(bytes, start, end));
    return candidates?.find((one) => one.path.equals(view, start, end) && (suits === undefined || suits(one)));
  }

  add(value: Value): void {
    const { bytes } = value.path;
    const key = hash(bytes, 0, bytes.length);
    const candidates = this.byHash.get(key);
    if (candidates === undefined) this.byHash.set(key, [value]);
    else if (candidates.length < 8) candidates.push(value);
    else candidates[0] = value;
    this.budget.take(ENTRY_BYTES + bytes.length);
  }

  clear(): void {
    this.byHash.clear();
  }
}

/** @source FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let index = start; index < end; index++) value = Math.imul(value ^ (bytes[index] ?? 0), 0x01000193);
  return value;
}
