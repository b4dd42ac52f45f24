import type { CollectiveRecord } from './collective.ts';

/** For whom the other ranks of a communicator waited. */
export interface CollectiveWait {
  commId: string;
  /** Rank within the communicator. */
  rank: number;
  host?: string;
  /** Collectives it came to last. */
  last: number;
  /** Collectives of the communicator that at least two ranks told of. */
  of: number;
  /** What the rank that waited longest waited for it, summed, seconds. */
  waitedSeconds: number;
}

/** Operations with a root, or of two ranks: they end on one rank before the others, which says nothing of who came last. */
export const ENDS_APART = /^_?(?:broadcast|reduce|gather|scatter|send|recv|sendrecv)(?:_oop)?$/i;

/**
 * Who kept the others waiting: in a collective all ranks end together, so that the one with the shortest time came last,
 * and the difference to the longest is what it cost. Durations only: clocks of hosts need not agree.
 * @returns the worst first
 */
export function collectiveWaits(records: readonly CollectiveRecord[]): CollectiveWait[] {
  const operations = new Map<string, CollectiveRecord[]>();
  for (const record of records) {
    const { commId, collectiveKind, collectiveSeq, rank, peer } = record;
    if (collectiveSeq === undefined || rank === undefined || peer !== undefined) continue;
    if (ENDS_APART.test(collectiveKind)) continue;
    // Each kind of operation is numbered by itself.
    const key = JSON.stringify([commId, collectiveKind, collectiveSeq]);
    const told = operations.get(key);
    if (told) told.push(record);
    else operations.set(key, [record]);
  }
  const seen = new Map<string, number>();
  const waits = new Map<string, CollectiveWait>();
  for (const told of operations.values()) {
    const late = told.reduce((a, b) => (isLater(b, a) ? b : a));
    const longestUs = told.reduce((longest, { execTimeUs }) => Math.max(longest, execTimeUs), 0);
    const { commId, rank = 0, host } = late;
    if (told.length < 2) continue;
    seen.set(commId, (seen.get(commId) ?? 0) + 1);
    if (longestUs <= late.execTimeUs) continue;
    const key = JSON.stringify([commId, rank]);
    const wait = waits.get(key) ?? {
      commId,
      rank,
      ...(host === undefined ? {} : { host }),
      last: 0,
      of: 0,
      waitedSeconds: 0,
    };
    wait.last++;
    wait.waitedSeconds += (longestUs - late.execTimeUs) / 1e6;
    waits.set(key, wait);
  }
  for (const wait of waits.values()) wait.of = seen.get(wait.commId) ?? 0;
  return [...waits.values()].sort(
    (a, b) =>
      b.waitedSeconds - a.waitedSeconds || (a.commId < b.commId ? -1 : a.commId > b.commId ? 1 : a.rank - b.rank),
  );
}

/** Of two that took the same time, the smaller rank stands for both. */
function isLater(a: CollectiveRecord, b: CollectiveRecord): boolean {
  return (a.execTimeUs - b.execTimeUs || (a.rank ?? 0) - (b.rank ?? 0)) < 0;
}
