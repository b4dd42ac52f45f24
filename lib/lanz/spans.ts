/** Queues remembered while they are congested. */
const MOST_QUEUES = 20_000;
/** A record longer after the one before is of another congestion; updates come every few seconds, ms. */
const LONGEST_GAP_MS = 60_000;
/** Congestions of microseconds are told as of a millisecond: the stored times have no finer grain. */
const SHORTEST_MS = 1;

/** Entry types of the protocol by number. @source aristanetworks/goarista lanz/proto/lanz.proto, CongestionRecord.EntryType */
export const LANZ_ENTRY = { start: 1, update: 2, end: 3, polling: 4 } as const;

/** What a record of a congested queue says. */
export interface LanzRecord {
  atMs: number;
  /** One of LANZ_ENTRY; 0 where the switch does not say. */
  entry: number;
  /** Length of the queue, in segments of the switch's memory. */
  segments: number;
  /** Packets the queue has dropped, as far as the record tells. */
  drops: number;
}

/** A queue between two records of one congestion. */
export interface LanzSpan {
  startMs: number;
  endMs: number;
  /** The longer of both. */
  segments: number;
  /** At least so many packets were dropped. */
  drops: number;
}

/**
 * Congestion that Arista's LANZ tells of queues: a record when it starts, more while it lasts, one when it ends. What
 * lies between two of them is known; what lies between two congestions is not. The drop count is not said to begin anew
 * with each record: what it grew by is a lower bound.
 */
export class LanzSpans {
  readonly #open = new Map<string, LanzRecord>();

  /** @param key the queue: a port and a traffic class. @returns null where the record begins something */
  take(key: string, record: LanzRecord): LanzSpan | null {
    const before = this.#open.get(key);
    this.#open.delete(key);
    if (record.entry !== LANZ_ENTRY.end && this.#open.size < MOST_QUEUES) this.#open.set(key, record);
    if (before === undefined || record.entry === LANZ_ENTRY.start) return null;
    const elapsedMs = record.atMs - before.atMs;
    if (!(elapsedMs > 0) || elapsedMs > LONGEST_GAP_MS) return null;
    return {
      startMs: Math.min(before.atMs, record.atMs - SHORTEST_MS),
      endMs: record.atMs,
      segments: Math.max(record.segments, before.segments),
      drops: record.drops >= before.drops ? record.drops - before.drops : record.drops,
    };
  }

  /** Forgets what is open: records were missed. */
  clear(): void {
    this.#open.clear();
  }
}
