import { Cursor, VARINT } from '../../../lib/protobuf/cursor.ts';
import type { PathSet } from '../paths/types.ts';
import { decodePath, type PathElem } from '../proto/path.ts';
import type { DeviceClock } from './device-clock.ts';
import { readDeviceError } from './device-error.ts';
import { DocumentReader } from './documents.ts';
import { newHead, readHead } from './head.ts';
import { viewOf } from './known-bytes.ts';
import { Budget } from './path-cache.ts';
import { type Entry, holdsUnder, PathMemory, type Prefix } from './path-memory.ts';
import { type LeafSeen, PORT_OF_PREFIX, type Slot, SlotFinder } from './slots.ts';
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

/** Deleted paths handled one by one; a message with more makes everything unknown until it is sent again. */
const MAX_DELETES = 32;
/** Tags of Update.path and Update.val, and of the values in it: lengths below 128 follow in one byte. */
const PATH_TAG = (1 << 3) | 2;
const VAL_TAG = (3 << 3) | 2;
const UINT_TAG = 3 << 3;
const JSON_TAG = (10 << 3) | 2;
const JSON_IETF_TAG = (11 << 3) | 2;
const NOTHING = new Uint8Array(0);
const NO_VIEW = viewOf(NOTHING);

/** Reads the messages of one call into the device's table. */
export class Intake {
  /** The device has once said all that it has to say of the set's paths. */
  synced = false;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();
  private readonly head = newHead();
  private readonly value: Value = { form: 'none', text: '', high: 0, low: 0 };
  private readonly memory: PathMemory;
  private readonly documents: DocumentReader;
  private generation: number;
  private prefix: Prefix;
  private bytes: Uint8Array = NOTHING;
  private view = NO_VIEW;
  /** What the set says of the device's placeholders, and whether nothing else has come. */
  private readonly doubtful: boolean;
  private zerosOnly = true;
  private nowMs = 0;
  private atMs = 0;

  constructor(
    private readonly set: PathSet,
    private readonly table: DeviceTable,
    private readonly clock: DeviceClock,
    private readonly listener: IntakeListener,
    /** Number of this set's first path among the device's watched paths. */
    firstWatch: number,
    leaves?: ReadonlyMap<string, LeafSeen>,
  ) {
    this.doubtful = set.placeholders === true;
    const slots = new SlotFinder(set, table, firstWatch, leaves);
    const budget = new Budget();
    this.memory = new PathMemory(slots, budget);
    this.documents = new DocumentReader(slots, budget, (slot, text) => {
      this.value.form = 'text';
      this.value.text = text;
      this.write(slot, this.value);
    });
    this.generation = table.generation;
    this.prefix = this.memory.prefixAt(this.bytes, this.view, 0, 0);
  }

  /** A SubscribeResponse. @throws ParseError where it is none; CollectorError where it is one of an error */
  subscribeResponse(bytes: Uint8Array, nowMs: number): void {
    this.message(bytes, nowMs, true);
  }

  /** A GetResponse. @throws ParseError where it is none */
  getResponse(bytes: Uint8Array, nowMs: number): void {
    this.message(bytes, nowMs, false);
    // An answer to Get is all there is.
    this.synced = true;
  }

  /** Both messages carry notifications in field 1; field 3 is sync_response in one and an extension in the other. */
  private message(bytes: Uint8Array, nowMs: number, hasSync: boolean): void {
    if (this.generation !== this.table.generation || this.memory.isFull) this.startOver();
    this.nowMs = nowMs;
    this.hold(bytes, viewOf(bytes));
    try {
      this.read(bytes, hasSync);
    } finally {
      // What lies idle until the next sample must not keep what the network brought: a fabric's worth of it grows old
      // in memory, and the garbage collector has to walk all of the heap for it.
      this.hold(NOTHING, NO_VIEW);
    }
  }

  private hold(bytes: Uint8Array, view: DataView): void {
    this.bytes = bytes;
    this.view = view;
    this.cursor.reset(bytes);
    this.inner.reset(bytes);
  }

  private read(bytes: Uint8Array, hasSync: boolean): void {
    const { cursor } = this;
    while (cursor.position < bytes.length) {
      cursor.tag(bytes.length);
      if (cursor.field === 1) {
        const stop = cursor.span(bytes.length);
        this.notification(cursor.position, stop);
        cursor.position = stop;
      } else if (hasSync && cursor.field === 3 && cursor.wire === VARINT) {
        cursor.varint(bytes.length);
        if (cursor.low !== 0) this.synced = true;
      } else if (cursor.field === (hasSync ? 4 : 2)) throw readDeviceError(cursor, cursor.span(bytes.length));
      else cursor.skip(bytes.length);
    }
  }

  /** First the head, which may stand anywhere in the message, then deletes, then updates: the order gNMI gives them. */
  private notification(start: number, end: number): void {
    const { head } = this;
    readHead(this.cursor, start, end, head);
    this.atMs = this.clock.toLocal(head.timestampMs, this.nowMs);
    if (!this.prefix.path.equals(this.view, head.prefixStart, head.prefixEnd))
      this.prefix = this.memory.prefixAt(this.bytes, this.view, head.prefixStart, head.prefixEnd);
    if (head.atomic) this.forget([]);
    if (head.deletes > 0) this.deletions(start, end, head.deletes > MAX_DELETES);
    this.updates(head.firstUpdate, end);
    this.table.congestion.messageEnded();
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
      before = this.expected(cursor.position, stop, before) ?? this.update(cursor.position, stop, before);
      cursor.position = stop;
    }
    prefix.before = before;
  }

  /**
   * The usual update, nearly all of them: the path that came next in the message before, then an unsigned number or
   * something that is not read. null = look closely.
   */
  private expected(start: number, end: number, before: Entry): Entry | null {
    const { bytes, inner, value } = this;
    const guess = before.next;
    const pathEnd = start + 2 + (bytes[start + 1] ?? 0);
    if (guess === null || bytes[start] !== PATH_TAG || pathEnd + 3 >= end) return null;
    if (bytes[pathEnd] !== VAL_TAG || bytes[pathEnd + 1] !== end - pathEnd - 2) return null;
    if (!guess.path.equals(this.view, start + 2, pathEnd) || !holdsUnder(this.prefix, guess)) return null;
    const tag = bytes[pathEnd + 2];
    if (guess.slot === null) return tag === JSON_TAG || tag === JSON_IETF_TAG ? null : guess;
    if (tag !== UINT_TAG) return null;
    inner.reset(bytes, pathEnd + 3);
    inner.varint(end);
    if (inner.position !== end) return null;
    value.form = 'unsigned';
    value.high = inner.high;
    value.low = inner.low;
    this.write(guess.slot, value);
    return guess;
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
    const { bytes, view, memory } = this;
    const entry = memory.entryAt(this.prefix, before, bytes, view, pathStart, pathEnd);
    this.take(entry, value);
    return entry;
  }

  private take(entry: Entry, value: Value): void {
    if (value.form === 'json') {
      this.documents.read(value.text, this.prefix, entry);
    } else if (entry.slot !== null && value.form !== 'none') this.write(entry.slot, value);
  }

  private write(slot: Slot, value: Value): void {
    const { nowMs, listener } = this;
    if (this.doubtful && this.isPlaceholder(slot, value)) return;
    if (slot.kind === 'other') {
      if (slot.paced) listener.updating(slot.watch, false);
      else listener.noticed?.(slot.watch);
      if (slot.set(toText(value), nowMs)) slot.leaf.seen = true;
      return;
    }
    const { part } = slot;
    const port = this.portOf(slot);
    if (!toWords(value)) return;
    if (slot.divisor !== 1) divideWords(value, slot.divisor);
    listener.updating(slot.watch, (part.receivedMs[port] ?? Number.NaN) >= listener.roundStartedMs);
    slot.leaf.seen = true;
    part.high[port] = value.high;
    part.low[port] = value.low;
    part.receivedMs[port] = nowMs;
    this.table.atMs[port] = this.atMs;
  }

  private portOf({ port }: { port: number }): number {
    return port === PORT_OF_PREFIX ? this.prefix.port : port;
  }

  /** All ones, or a 0 while nothing but 0 has come: the device has no such counter. It keeps the path awake all the same. */
  private isPlaceholder(slot: Slot, value: Value): boolean {
    if (!toWords(value)) return false;
    const { high, low } = value;
    const isZero = high === 0 && low === 0;
    const isFull = high === 0xffff_ffff && low === 0xffff_ffff;
    if (!isZero && !isFull) this.zerosOnly = false;
    if (!isFull && !(isZero && this.zerosOnly)) return false;
    if (slot.kind === 'counter') slot.part.receivedMs[this.portOf(slot)] = Number.NaN;
    this.listener.noticed?.(slot.watch);
    return true;
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
    this.memory.clear();
    this.prefix = this.memory.prefixAt(this.bytes, this.view, 0, 0);
  }
}
