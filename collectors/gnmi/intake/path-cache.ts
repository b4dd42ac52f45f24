import type { Part } from './table.ts';

/** What a leaf's value is written to. */
export type Slot =
  | { kind: 'counter'; part: Part; port: number; divisor: number; watch: number }
  | { kind: 'other'; set(text: string, nowMs: number): void; watch: number };

/** A leaf of a JSON document, or an object in it. */
export interface JsonNode {
  children: Map<string, JsonNode>;
  /** undefined = not looked up yet; null = nothing of ours. */
  slot: Slot | null | undefined;
}

export interface Entry {
  bytes: Uint8Array;
  slot: Slot | null;
  json: JsonNode;
  /** The entry that followed last time: messages repeat, so it is nearly always the next one again. */
  next: Entry | null;
}

/** Paths remembered per prefix and prefixes per stream; a target that invents new ones for ever starts over. */
const MAX_ENTRIES = 200_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Remembers what the bytes of a path stand for, so that a path is understood once and then only compared. */
export class PathCache<Value extends { bytes: Uint8Array }> {
  private readonly byHash = new Map<number, Value[]>();
  private entries = 0;
  private size = 0;

  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    const candidates = this.byHash.get(hash(bytes, start, end));
    return candidates?.find((candidate) => sameBytes(candidate.bytes, bytes, start, end));
  }

  /** Remembers a value whose `bytes` are its own copy. Returns false when everything older was forgotten for it. */
  add(value: Value): boolean {
    const full = this.entries >= MAX_ENTRIES || this.size + value.bytes.length > MAX_BYTES;
    if (full) this.clear();
    const key = hash(value.bytes, 0, value.bytes.length);
    const candidates = this.byHash.get(key);
    if (candidates === undefined) this.byHash.set(key, [value]);
    else if (candidates.length < 8) candidates.push(value);
    else candidates[0] = value;
    this.entries++;
    this.size += value.bytes.length;
    return !full;
  }

  clear(): void {
    this.byHash.clear();
    this.entries = 0;
    this.size = 0;
  }
}

export function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = known;
  if (length !== end - start) return false;
  // Paths of one device differ at their ends.
  for (let index = length - 1; index >= 0; index--) if (known[index] !== bytes[start + index]) return false;
  return true;
}

/** @source FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let index = start; index < end; index++) value = Math.imul(value ^ (bytes[index] ?? 0), 0x01000193);
  return value;
}
