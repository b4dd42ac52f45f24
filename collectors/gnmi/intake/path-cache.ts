import type { JsonNode } from './documents.ts';
import type { KnownBytes } from './known-bytes.ts';
import type { Slot } from './slots.ts';

export interface Entry {
  path: KnownBytes;
  slot: Slot | null;
  json: JsonNode;
  /** The entry that followed last time: messages repeat, so it is nearly always the next one again. */
  next: Entry | null;
}

/** Paths remembered per prefix and prefixes per stream; a target that invents new ones for ever starts over. */
const MAX_ENTRIES = 200_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Remembers what the bytes of a path stand for, so that a path is understood once and then only compared. */
export class PathCache<Value extends { path: KnownBytes }> {
  private readonly byHash = new Map<number, Value[]>();
  private entries = 0;
  private size = 0;

  find(bytes: Uint8Array, view: DataView, start: number, end: number): Value | undefined {
    const candidates = this.byHash.get(hash(bytes, start, end));
    return candidates?.find(({ path }) => path.equals(view, start, end));
  }

  /** Remembers a value. Returns false when everything older was forgotten for it. */
  add(value: Value): boolean {
    const full = this.entries >= MAX_ENTRIES || this.size + value.path.bytes.length > MAX_BYTES;
    if (full) this.clear();
    const { bytes } = value.path;
    const key = hash(bytes, 0, bytes.length);
    const candidates = this.byHash.get(key);
    if (candidates === undefined) this.byHash.set(key, [value]);
    else if (candidates.length < 8) candidates.push(value);
    else candidates[0] = value;
    this.entries++;
    this.size += bytes.length;
    return !full;
  }

  clear(): void {
    this.byHash.clear();
    this.entries = 0;
    this.size = 0;
  }
}

/** @source FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let index = start; index < end; index++) value = Math.imul(value ^ (bytes[index] ?? 0), 0x01000193);
  return value;
}
