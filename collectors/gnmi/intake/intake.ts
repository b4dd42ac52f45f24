import { ParseError } from '../../../lib/errors.ts';
import type { PathSet } from '../paths/types.ts';
import { Cursor, VARINT } from '../proto/cursor.ts';
import { decodePath, type PathElem, parsePath } from '../proto/path.ts';
import type { DeviceClock } from './device-clock.ts';
import { parseExactJson } from './json.ts';
import { type Entry, type JsonNode, PathCache, type Slot, sameBytes } from './path-cache.ts';
import type { DeviceTable } from './table.ts';
import { decodeOldValue, decodeTypedValue, toText, toWords, type Value } from './value.ts';
import { divideWords } from './words.ts';

/** Told about every update that is ours, before it is written. `repeated`: the same leaf already came in this round. */
export interface IntakeListener {
  updating(watch: number, repeated: boolean): void;
  roundStartedMs: number;
}

interface Prefix {
  bytes: Uint8Array;
  elems: PathElem[];
  entries: PathCache<Entry>;
  first: Entry;
}

/** Leaves of one JSON document that are looked at: a document of more is cut there, and the rest is missing. */
const MAX_JSON_LEAVES = 500_000;
const MAX_JSON_DEPTH = 32;
/** JSON keys remembered under one path. */
const MAX_CHILDREN = 20_000;
/** Deleted paths handled one by one; a message with more makes everything unknown until it is sent again. */
const MAX_DELETES = 32;

/** Reads the messages of one Subscribe call into the device's table. */
export class Intake {
  synced = false;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();
  private readonly value: Value = { form: 'none', text: '', high: 0, low: 0 };
  private readonly prefixes = new PathCache<Prefix>();
  private readonly watched: PathElem[][];
  private generation: number;
  private prefix: Prefix;
  private nowMs = 0;
  private atMs = 0;
  private leaves = 0;

  constructor(
    private readonly set: PathSet,
    private readonly table: DeviceTable,
    private readonly clock: DeviceClock,
    private readonly listener: IntakeListener,
    /** Number of this set's first path among the device's watched paths. */
    private readonly firstWatch: number,
  ) {
    this.watched = set.paths.map(({ path }) => parsePath(path));
    this.generation = table.generation;
    this.prefix = this.prefixOf(new Uint8Array(0), 0, 0);
  }

  /** A SubscribeResponse. @throws ParseError where it is none */
  subscribeResponse(bytes: Uint8Array, nowMs: number): void {
    const { cursor } = this;
    cursor.reset(bytes);
    while (cursor.position < bytes.length) {
      cursor.tag(bytes.length);
      if (cursor.field === 1) {
        const stop = cursor.span(bytes.length);
        this.notification(bytes, cursor.position, stop, nowMs);
        cursor.position = stop;
      } else if (cursor.field === 3 && cursor.wire === VARINT) {
        cursor.varint(bytes.length);
        this.synced = cursor.low !== 0;
      } else cursor.skip(bytes.length);
    }
  }

  /** A GetResponse. @throws ParseError where it is none */
  getResponse(bytes: Uint8Array, nowMs: number): void {
    const { cursor } = this;
    cursor.reset(bytes);
    while (cursor.position < bytes.length) {
      cursor.tag(bytes.length);
      if (cursor.field === 1) {
        const stop = cursor.span(bytes.length);
        this.notification(bytes, cursor.position, stop, nowMs);
        cursor.position = stop;
      } else cursor.skip(bytes.length);
    }
  }

  /** First the head, which may stand anywhere in the message, then deletes, then updates: the order gNMI gives them. */
  private notification(bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    const { cursor } = this;
    if (this.generation !== this.table.generation) this.startOver();
    let timestampMs = Number.NaN;
    let atomic = false;
    let prefixStart = 0;
    let prefixEnd = 0;
    let deletes = 0;
    cursor.position = start;
    while (cursor.position < end) {
      cursor.tag(end);
      if (cursor.field === 1 && cursor.wire === VARINT) {
        cursor.varint(end);
        timestampMs = (cursor.high * 0x1_0000_0000 + cursor.low) / 1e6;
      } else if (cursor.field === 2) {
        prefixEnd = cursor.span(end);
        prefixStart = cursor.position;
        cursor.position = prefixEnd;
      } else if (cursor.field === 6 && cursor.wire === VARINT) {
        cursor.varint(end);
        atomic = cursor.low !== 0;
      } else {
        if (cursor.field === 5) deletes++;
        cursor.skip(end);
      }
    }
    this.nowMs = nowMs;
    this.atMs = this.clock.toLocal(timestampMs, nowMs);
    if (!sameBytes(this.prefix.bytes, bytes, prefixStart, prefixEnd)) {
      this.prefix = this.prefixOf(bytes, prefixStart, prefixEnd);
    }
    if (atomic) this.forget([]);
    if (deletes > 0) this.deletions(bytes, start, end, deletes > MAX_DELETES);
    this.updates(bytes, start, end);
  }

  private updates(bytes: Uint8Array, start: number, end: number): void {
    const { cursor } = this;
    let before = this.prefix.first;
    cursor.position = start;
    while (cursor.position < end) {
      cursor.tag(end);
      if (cursor.field !== 4) {
        cursor.skip(end);
        continue;
      }
      const stop = cursor.span(end);
      before = this.update(bytes, cursor.position, stop, before);
      cursor.position = stop;
    }
  }

  private update(bytes: Uint8Array, start: number, end: number, before: Entry): Entry {
    const { inner, value } = this;
    inner.reset(bytes, start);
    let pathStart = 0;
    let pathEnd = 0;
    (value as Value).form = 'none';
    while (inner.position < end) {
      inner.tag(end);
      if (inner.field > 3 || inner.field === 0) {
        inner.skip(end);
        continue;
      }
      const { field } = inner;
      const stop = inner.span(end);
      if (field === 1) {
        pathStart = inner.position;
        pathEnd = stop;
      } else if (field === 3) decodeTypedValue(inner, stop, value);
      else if (value.form === 'none') decodeOldValue(inner, stop, value);
      inner.position = stop;
    }
    const entry = this.entryOf(bytes, pathStart, pathEnd, before);
    const form: Value['form'] = value.form;
    if (form === 'json') this.document(entry);
    else if (entry.slot !== null && form !== 'none') this.write(entry.slot, value);
    return entry;
  }

  private write(slot: Slot, value: Value): void {
    const { nowMs, listener } = this;
    if (slot.kind === 'other') {
      listener.updating(slot.watch, false);
      slot.set(toText(value), nowMs);
      return;
    }
    const { part, port } = slot;
    if (!toWords(value)) return;
    if (slot.divisor !== 1) divideWords(value, slot.divisor);
    listener.updating(slot.watch, (part.receivedMs[port] ?? Number.NaN) >= listener.roundStartedMs);
    part.high[port] = value.high;
    part.low[port] = value.low;
    part.receivedMs[port] = nowMs;
    this.table.atMs[port] = this.atMs;
  }

  private document(entry: Entry): void {
    let document: unknown;
    try {
      document = parseExactJson(this.value.text);
    } catch {
      throw new ParseError('a JSON value is no JSON');
    }
    this.leaves = 0;
    this.walk(document, entry.json, [...this.prefix.elems, ...decodePath(entry.bytes, 0, entry.bytes.length).elems], 0);
  }

  /** Visits the leaves of a document. An element of a list goes by its keys, which stand inside it as leaves. */
  private walk(found: unknown, node: JsonNode, elems: PathElem[], depth: number): void {
    if (found === null || depth > MAX_JSON_DEPTH || this.leaves > MAX_JSON_LEAVES) return;
    if (Array.isArray(found)) {
      const own = elems.at(-1);
      if (own === undefined) return;
      for (const item of found) {
        if (typeof item !== 'object' || item === null) continue;
        const keys = keysOf(item);
        const child = childOf(node, `[${JSON.stringify(keys)}`);
        this.walk(item, child, [...elems.slice(0, -1), { name: own.name, keys }], depth + 1);
      }
      return;
    }
    if (typeof found === 'object') {
      for (const [name, item] of Object.entries(found)) {
        this.walk(item, childOf(node, name), [...elems, { name, keys: {} }], depth + 1);
      }
      return;
    }
    this.leaves++;
    if (node.slot === undefined) node.slot = this.slotOf(elems);
    if (node.slot === null) return;
    this.value.form = 'text';
    this.value.text = String(found);
    this.write(node.slot, this.value);
  }

  private entryOf(bytes: Uint8Array, start: number, end: number, before: Entry): Entry {
    const guess = before.next;
    if (guess !== null && sameBytes(guess.bytes, bytes, start, end)) return guess;
    const { prefix } = this;
    let entry = prefix.entries.find(bytes, start, end);
    if (entry === undefined) {
      const path = decodePath(bytes, start, end);
      entry = newEntry(bytes.slice(start, end), this.slotOf([...prefix.elems, ...path.elems]));
      if (!prefix.entries.add(entry)) prefix.first.next = null;
    }
    before.next = entry;
    return entry;
  }

  private slotOf(elems: PathElem[]): Slot | null {
    const meaning = this.set.meaningOf(elems);
    if (meaning === null) return null;
    const port = this.table.port(meaning.port);
    if (port < 0) return null;
    const watch = this.firstWatch + watchOf(this.watched, elems);
    const { table } = this;
    const { quantity } = meaning;
    if (quantity.kind === 'counter') {
      return { kind: 'counter', part: table.part(quantity), port, divisor: quantity.divisor, watch };
    }
    if (quantity.kind === 'state')
      return { kind: 'other', set: (text) => table.setState(quantity.state, port, text), watch };
    const { gauge, priority } = quantity;
    const set = (text: string, nowMs: number): void => {
      const value = text === '' ? Number.NaN : Number(text);
      if (Number.isFinite(value)) table.setGauge(gauge, priority, port, value, nowMs);
    };
    return { kind: 'other', set, watch };
  }

  private prefixOf(bytes: Uint8Array, start: number, end: number): Prefix {
    let prefix = this.prefixes.find(bytes, start, end);
    if (prefix === undefined) {
      const { elems } = decodePath(bytes, start, end);
      prefix = {
        bytes: bytes.slice(start, end),
        elems,
        entries: new PathCache(),
        first: newEntry(new Uint8Array(0), null),
      };
      this.prefixes.add(prefix);
    }
    return prefix;
  }

  private deletions(bytes: Uint8Array, start: number, end: number, many: boolean): void {
    if (many) {
      this.table.forget(null, () => true);
      return;
    }
    const { cursor } = this;
    cursor.position = start;
    while (cursor.position < end) {
      cursor.tag(end);
      if (cursor.field !== 5) {
        cursor.skip(end);
        continue;
      }
      const stop = cursor.span(end);
      this.forget(decodePath(bytes, cursor.position, stop).elems);
      cursor.position = stop;
    }
  }

  private forget(elems: PathElem[]): void {
    const under = this.set.under([...this.prefix.elems, ...elems]);
    if (under !== null) this.table.forget(under.port, under.covers);
  }

  /** The table has thrown its ports away: slots point nowhere. */
  private startOver(): void {
    this.generation = this.table.generation;
    this.prefixes.clear();
    this.prefix = this.prefixOf(new Uint8Array(0), 0, 0);
  }
}

/** Keys of the lists we read; a list element may carry them as its own leaves. */
const LIST_KEYS = ['name', 'interface-id', 'index', 'queue-type'];

function keysOf(item: object): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const [name, value] of Object.entries(item)) {
    const plain = name.slice(name.indexOf(':') + 1);
    if (LIST_KEYS.includes(plain) && (typeof value === 'string' || typeof value === 'number'))
      keys[plain] = String(value);
  }
  return keys;
}

function childOf(node: JsonNode, name: string): JsonNode {
  let child = node.children.get(name);
  if (child === undefined) {
    if (node.children.size >= MAX_CHILDREN) node.children.clear();
    child = { children: new Map(), slot: undefined };
    node.children.set(name, child);
  }
  return child;
}

function newEntry(bytes: Uint8Array, slot: Slot | null): Entry {
  return { bytes, slot, json: { children: new Map(), slot: undefined }, next: null };
}

/** The longest of the asked paths that a leaf lies under. */
function watchOf(watched: readonly PathElem[][], elems: readonly PathElem[]): number {
  let best = 0;
  let length = 0;
  watched.forEach((path, index) => {
    const names = (elem: PathElem | undefined) => elem?.name.slice(elem.name.indexOf(':') + 1) ?? '';
    const under = path.every((elem, at) => names(elem) === names(elems[at]) || elem.name.endsWith('*'));
    if (under && path.length > length) {
      best = index;
      length = path.length;
    }
  });
  return best;
}
