import type { SpoolPosition } from './cursor.ts';
import type { SpoolRecord } from './segment.ts';

export interface SpoolOptions {
  directory: string;
  /** Most the queue may hold on disk; the oldest segment goes when it would be more. Default 512 MiB. */
  maxBytes?: number;
  /** Size at which a new segment file is begun. Default 8 MiB, at most a quarter of maxBytes. */
  segmentBytes?: number;
  /** Told when data had to go: for a rate-limited log line. */
  onDropped?(items: number, reason: DropReason): void;
}

/** Why records left the queue unsent: it was full, the disk was, or the file was damaged. */
export type DropReason = 'full' | 'disk' | 'damaged';

/** Records taken from the head of the queue; still there until acknowledged. Its bytes are valid until the next peek. */
export interface SpoolBatch {
  records: SpoolRecord[];
  /** The records' payloads one behind the other. */
  body: Buffer;
  items: number;
  /** Position after the last record. */
  end: SpoolPosition;
}

export interface SpoolStats {
  /** Waiting, not yet acknowledged. */
  items: number;
  bytes: number;
  /** Since this process opened the spool. */
  appendedItems: number;
  ackedItems: number;
  droppedItems: Record<DropReason, number>;
}
