import type { PathSet } from '../paths/types.ts';
import { Cursor, VARINT } from '../proto/cursor.ts';
import { decodePath, type PathElem } from '../proto/path.ts';
import type { DeviceClock } from './device-clock.ts';
import { DocumentReader } from './documents.ts';
import { newHead, readHead } from './head.ts';
import { KnownBytes, viewOf } from './known-bytes.ts';
import { Budget, type Entry, KnownPaths, PathCache } from './path-cache.ts';
import { type Slot, SlotFinder } from './slots.ts';
import type { DeviceTable } from './table.ts';
import { decodeOldValue, decodeTypedValue, toText, toWords, type Value } from './value.ts';
import { divideWords } from './words.ts';

/** Told about every update that is ours, before it is written. */
export interface IntakeListener {
  roundStartedMs: number;
  /** A counter. `repeated`: the same leaf already came in this round. */
  updating(watch: number, repeated: boolean): void;
  /** A state, which makes no round. */
  noticed?: ((watch: number) => void) | undefined;
}

interface Prefix {
  path: KnownBytes;
  elems: PathElem[];
  entries: PathCache<Entry>;
  /** Last path of the message before: the next one goes on behind it, or begins anew behind it. */
  before: Entry;
}

/** Deleted paths handled one by one; a message with more makes everything unknown until it is sent again. */
const MAX_DELETES = 32;
const NOTHING = new Uint8Array(0);

/** Reads the messages of one call into the device's table. */
export class Intake {
  synced = false;
  private readonly budget = new Budget();
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();
  private readonly head = newHead();
  private readonly value: Value = { form: 'none', text: '', high: 0, low: 0 };
  private readonly prefixes = new PathCache<Prefix>(this.budget);
  private readonly leaves = new KnownPaths(this.budget);
  private readonly slots: SlotFinder;
  private readonly documents: DocumentReader;
  private generation: number;
  private prefix: Prefix;
  private bytes: Uint8Array = NOTHING;
  private view = viewOf(NOTHING);
  private nowMs = 0;
  private atMs = 0;

  constructor(
    private readonly set: PathSet,
    private readonly table: DeviceTable,
    private readonly clock: DeviceClock,
    private readonly listener: IntakeListener,
    /** Number of this set's first path among the device's watched paths. */
    firstWatch: number,
  ) {
    this.slots = new SlotFinder(set, table, firstWatch);
    this.documents = new DocumentReader(this.slots, this.budget, (slot, text) => {
      this.value.form = 'text';
      this.value.text = text;
      this.write(slot, this.value);
    });
    this.generation = table.generation;
    this.prefix = this.prefixAt(0, 0);
  }

  /** A SubscribeResponse. @throws ParseError where it is none */
  subscribeResponse(bytes: Uint8Array, nowMs: number): void {
    this.message(bytes, nowMs, true);
  }

  /** A GetResponse. @throws ParseError where it is none */
  getResponse(bytes: Uint8Array, nowMs: number): void {
    this.message(bytes, nowMs, false);
  }

  /** Both messages carry notifications in field 1; field 3 is sync_response in one and an extension in the other. */
  private message(bytes: Uint8Array, nowMs: number, hasSync: boolean): void {
    const { cursor } = this;
    if (this.generation !== this.table.generation || this.budget.isSpent) this.startOver();
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.nowMs = nowMs;
    cursor.reset(bytes);
    while (cursor.position < bytes.length) {
      cursor.tag(bytes.length);
      if (cursor.field === 1) {
        const stop = cursor.span(bytes.length);
        this.notification(cursor.position, stop);
        cursor.position = stop;
      } else if (hasSync && cursor.field === 3 && cursor.wire === VARINT) {
        cursor.varint(bytes.length);
        this.synced = cursor.low !== 0;
      } else cursor.skip(bytes.length);
    }
  }

  /** First the head, which may stand anywhere in the message, then deletes, then updates: the order gNMI gives them. */
  private notification(start: number, end: number): void {
    const { head } = this;
    readHead(this.cursor, start, end, head);
    this.atMs = this.clock.toLocal(head.timestampMs, this.nowMs);
    if (!this.prefix.path.equals(this.view, head.prefixStart, head.prefixEnd))
      this.prefix = this.prefixAt(head.prefixStart, head.prefixEnd);
    if (head.atomic) this.forget([]);
    if (head.deletes > 0) this.deletions(start, end, head.deletes > MAX_DELETES);
    this.updates(head.firstUpdate, end);
  }

  private updates(start: number, end: number): void {
    const { cursor } = this;
    const { prefix } = this;
    let { before } = prefix;
    cursor.position = start;
    while (cursor.position < end) {
      cursor.tag(end);
      if (cursor.field !== 4) {
        cursor.skip(end);
        continue;
      }
      const stop = cursor.span(end);
      before = this.update(cursor.position, stop, before);
      cursor.position = stop;
    }
    prefix.before = before;
  }

  private update(start: number, end: number, before: Entry): Entry {
    const { inner, value } = this;
    inner.reset(this.bytes, start);
    let pathStart = 0;
    let pathEnd = 0;
    value.form = 'none';
    while (inner.position < end) {
      inner.tag(end);
      const { field } = inner;
      if (field > 3) {
        inner.skip(end);
        continue;
      }
      const stop = inner.span(end);
      if (field === 1) {
        pathStart = inner.position;
        pathEnd = stop;
      } else if (field === 3) decodeTypedValue(inner, stop, value);
      else if (value.form === 'none') decodeOldValue(inner, stop, value);
      inner.position = stop;
    }
    const entry = this.entryAt(pathStart, pathEnd, before);
    this.take(entry, value);
    return entry;
  }

  private take(entry: Entry, value: Value): void {
    if (value.form === 'json') {
      const { bytes } = entry.path;
      entry.json ??= this.documents.newNode([...this.prefix.elems, ...decodePath(bytes, 0, bytes.length).elems]);
      this.documents.read(value.text, entry.json);
    } else if (entry.slot !== null && value.form !== 'none') this.write(entry.slot, value);
  }

  private write(slot: Slot, value: Value): void {
    const { nowMs, listener } = this;
    if (slot.kind === 'other') {
      if (slot.paced) listener.updating(slot.watch, false);
      else listener.noticed?.(slot.watch);
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

  private entryAt(start: number, end: number, before: Entry): Entry {
    const guess = before.next;
    if (guess?.path.equals(this.view, start, end)) return guess;
    const { prefix, bytes } = this;
    let entry = prefix.entries.find(bytes, this.view, start, end);
    if (entry === undefined) {
      const path = decodePath(bytes, start, end);
      const slot = this.slots.find([...prefix.elems, ...path.elems]);
      entry = { path: this.leaves.of(bytes, this.view, start, end), slot, json: null, next: null };
      prefix.entries.add(entry);
    }
    before.next = entry;
    return entry;
  }

  private prefixAt(start: number, end: number): Prefix {
    const { bytes } = this;
    let prefix = this.prefixes.find(bytes, this.view, start, end);
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

  private deletions(start: number, end: number, many: boolean): void {
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
      this.forget(decodePath(this.bytes, cursor.position, stop).elems);
      cursor.position = stop;
    }
  }

  private forget(elems: PathElem[]): void {
    const under = this.set.under([...this.prefix.elems, ...elems]);
    if (under !== null) this.table.forget(under.port, under.covers);
  }

  /** The table has thrown its ports away and slots point nowhere, or too many paths have come. */
  private startOver(): void {
    this.generation = this.table.generation;
    this.prefixes.clear();
    this.leaves.clear();
    this.budget.reset();
    this.prefix = this.prefixAt(0, 0);
  }
}
