import { closeSync, constants, ftruncateSync, mkdirSync, openSync, unlinkSync, writeSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { FabricError } from '../errors.ts';
import { CursorFile, type SpoolPosition } from './cursor.ts';
import { recoverSegments, type Segment, segmentName } from './recover.ts';
import { encodeHeader, FRAME_HEADER_BYTES } from './segment.ts';
import { SegmentReader } from './segment-reader.ts';
import type { DropReason, SpoolBatch, SpoolOptions, SpoolStats } from './types.ts';

/**
 * A bounded durable queue of records on disk, for one process. What `append` returned for survives `kill -9` (it is in
 * the page cache; there is no fsync, so a power cut may cost the last seconds). Records come back in order, at least
 * once: a record that was sent but not acknowledged before a crash is sent again.
 */
export class Spool {
  private readonly segments: Segment[] = [];
  private readonly cursor: CursorFile;
  private acked: SpoolPosition;
  private writeFd = -1;
  private readonly reader = new SegmentReader();
  private readonly header = Buffer.alloc(FRAME_HEADER_BYTES);
  private waiting: (() => void)[] = [];
  private readonly maxBytes: number;
  private readonly segmentBytes: number;
  private appendedItems = 0;
  private ackedItems = 0;
  private readonly droppedItems: Record<DropReason, number> = { full: 0, disk: 0, damaged: 0 };

  private constructor(private readonly options: SpoolOptions) {
    this.maxBytes = options.maxBytes ?? 512 * 1024 * 1024;
    this.segmentBytes = Math.min(options.segmentBytes ?? 8 * 1024 * 1024, Math.max(1, Math.floor(this.maxBytes / 4)));
    mkdirSync(options.directory, { recursive: true });
    this.cursor = new CursorFile(join(options.directory, 'cursor'));
    this.acked = this.cursor.read() ?? { segment: 0, offset: 0 };
    this.recover();
  }

  /**
   * Opens a queue, creating its directory; drops a torn tail.
   * @throws FabricError `unavailable` where the directory cannot be used
   */
  static open(options: SpoolOptions): Spool {
    try {
      return new Spool(options);
    } catch (cause) {
      throw new FabricError('unavailable', `cannot open the spool in ${options.directory}`, { cause });
    }
  }

  private path(id: number): string {
    return join(this.options.directory, segmentName(id));
  }

  private recover(): void {
    this.segments.push(...recoverSegments(this.options.directory, this.acked));
    const first = this.segments[0];
    if (first === undefined) {
      this.acked = { segment: this.acked.segment + 1, offset: 0 };
      this.beginSegment(this.acked.segment);
      return;
    }
    if (first.id > this.acked.segment) this.acked = { segment: first.id, offset: 0 };
    const last = this.segments[this.segments.length - 1] ?? first;
    this.writeFd = openSync(this.path(last.id), constants.O_WRONLY);
  }

  private beginSegment(id: number): Segment {
    // First the new file: where a full disk refuses it, the old one is still what is written to.
    const fd = openSync(this.path(id), constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o640);
    if (this.writeFd >= 0) closeSync(this.writeFd);
    this.writeFd = fd;
    const segment = { id, bytes: 0, items: 0 };
    this.segments.push(segment);
    return segment;
  }

  private get tail(): Segment {
    return this.segments[this.segments.length - 1] ?? this.beginSegment(this.acked.segment + 1);
  }

  /**
   * Puts a record at the end. Where the disk refuses, the record is dropped and counted: collection goes on.
   * @param items how many lines or events the payload holds, for the counts
   * @returns false when the record was dropped
   */
  append(payload: Uint8Array, items = 1): boolean {
    const bytes = FRAME_HEADER_BYTES + payload.length;
    if (bytes > this.maxBytes) {
      this.drop(items, 'full');
      return false;
    }
    try {
      let segment = this.tail;
      if (segment.bytes > 0 && segment.bytes + bytes > this.segmentBytes) segment = this.beginSegment(segment.id + 1);
      this.makeRoom(bytes);
      encodeHeader(this.header, payload, items);
      this.writeWhole(segment, payload);
      segment.bytes += bytes;
      segment.items += items;
    } catch {
      this.drop(items, 'disk');
      return false;
    }
    this.appendedItems += items;
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
    return true;
  }

  private writeWhole(segment: Segment, payload: Uint8Array): void {
    try {
      let written = writevSync(this.writeFd, [this.header, payload], segment.bytes);
      if (written < FRAME_HEADER_BYTES) throw new FabricError('unavailable', 'the disk takes no more');
      for (; written < FRAME_HEADER_BYTES + payload.length; ) {
        const from = written - FRAME_HEADER_BYTES;
        written += writeSync(this.writeFd, payload, from, payload.length - from, segment.bytes + written);
      }
    } catch (error) {
      // Half a frame must not stand before the next one.
      ftruncateSync(this.writeFd, segment.bytes);
      throw error;
    }
  }

  private makeRoom(needed: number): void {
    let total = needed;
    for (const segment of this.segments) total += segment.bytes;
    while (total > this.maxBytes && this.segments.length > 1) {
      const oldest = this.segments[0];
      if (oldest === undefined) return;
      total -= oldest.bytes;
      this.forget(oldest);
      if (oldest.items > 0) this.drop(oldest.items, 'full');
      this.moveTo({ segment: this.segments[0]?.id ?? oldest.id + 1, offset: 0 });
    }
  }

  private forget(segment: Segment): void {
    this.segments.shift();
    this.reader.forget(segment.id);
    try {
      unlinkSync(this.path(segment.id));
    } catch {
      // It stands before the acknowledged position: the next start removes it.
    }
  }

  private drop(items: number, reason: DropReason): void {
    this.droppedItems[reason] += items;
    this.options.onDropped?.(items, reason);
  }

  private moveTo(position: SpoolPosition): void {
    this.acked = position;
    try {
      this.cursor.write(position);
    } catch {
      // The disk takes nothing: a crash before it does again would send some records twice, and lose none.
    }
  }

  /**
   * The oldest unacknowledged records, at least one and at most about `maxBytes` (12 of framing a record); undefined when empty.
   * Peeking again gives the same records until they are acknowledged.
   */
  peek(maxBytes: number): SpoolBatch | undefined {
    for (let index = 0; index < this.segments.length; index++) {
      const segment = this.segments[index];
      if (segment === undefined) return undefined;
      const from = segment.id === this.acked.segment ? this.acked.offset : 0;
      if (from >= segment.bytes) continue;
      const found = this.reader.read(this.path(segment.id), segment.id, from, segment.bytes, maxBytes);
      if (found !== undefined) return { ...found, end: { segment: segment.id, offset: found.end } };
      this.abandon(segment, from);
    }
    return undefined;
  }

  /** A frame that was whole when written cannot be read: nothing behind it in its segment can be told from noise. */
  private abandon(segment: Segment, from: number): void {
    if (segment === this.tail) this.beginSegment(segment.id + 1);
    if (segment.items > 0) this.drop(segment.items, 'damaged');
    segment.items = 0;
    segment.bytes = from;
  }

  /** Says that a batch has arrived: its records are gone for good. A batch that was dropped meanwhile is ignored. */
  ack(batch: SpoolBatch): void {
    const { segment: id, offset } = batch.end;
    if (id < this.acked.segment || (id === this.acked.segment && offset <= this.acked.offset)) return;
    this.ackedItems += batch.items;
    const segment = this.segments.find((candidate) => candidate.id === id);
    if (segment !== undefined) segment.items = Math.max(0, segment.items - batch.items);
    this.moveTo({ segment: id, offset });
    for (let oldest = this.segments[0]; oldest !== undefined && this.segments.length > 1; oldest = this.segments[0]) {
      if (oldest.id > id || (oldest.id === id && offset < oldest.bytes)) return;
      this.forget(oldest);
    }
  }

  /** Resolves when there is something to peek (at once if there is), or when the signal says stop. */
  async available(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.stats().items > 0) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.waiting.push(done);
    });
  }

  stats(): SpoolStats {
    let items = 0;
    let bytes = 0;
    for (const segment of this.segments) {
      items += segment.items;
      bytes += segment.bytes - (segment.id === this.acked.segment ? this.acked.offset : 0);
    }
    const { appendedItems, ackedItems } = this;
    return { items, bytes, appendedItems, ackedItems, droppedItems: { ...this.droppedItems } };
  }

  close(): void {
    if (this.writeFd >= 0) closeSync(this.writeFd);
    this.writeFd = -1;
    this.reader.close();
    this.cursor.close();
  }
}
