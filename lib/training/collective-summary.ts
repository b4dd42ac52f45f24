import type { CollectiveRecord } from './collective.ts';
import { type CollectiveWait, collectiveWaits } from './collective-waits.ts';

/** What the collectives of a span of time tell together. */
export interface CollectiveSummary {
  /** Operations on record, one for each rank that told of it. */
  operations: number;
  /**
   * Of NCCL Inspector's, those whose numbers are skipped between two that a rank told of: lost before they were written, or
   * too small to be recorded (under 8 KiB). Absent ranks are not counted, nor sources of which it is not known what they number.
   */
  missing: number;
  /** For whom ranks waited, the worst first. */
  waits: CollectiveWait[];
  /** The operations that took longest, the longest first. */
  longest: CollectiveRecord[];
}

/** Which collectives are summed up. Only those whose own times are known: when a record was written says too little. */
export interface CollectiveSummaryQuery {
  job: string;
  /** They began and ended within, Unix ms. */
  range: { startMs: number; endMs: number };
  /** Waits and longest operations that are wanted. */
  most: number;
}

/** How NCCL Inspector says where its times are from. @source NVIDIA/nccl plugins/profiler/inspector/inspector.cc */
export const NCCL_TIMING_SOURCES: readonly string[] = ['kernel_gpu', 'kernel_cpu', 'collective_cpu'];

/** Sums up records, each operation of a rank once; `longest` and `waits` are cut to `most`. */
export function summarizeCollectives(
  records: readonly CollectiveRecord[],
  { range, most }: Pick<CollectiveSummaryQuery, 'range' | 'most'>,
): CollectiveSummary {
  const within = records.filter(({ startUs, endUs }) => endUs !== undefined && (startUs ?? 0) >= range.startMs * 1000);
  return {
    operations: within.length,
    missing: missingOf(within),
    waits: collectiveWaits(within).slice(0, most),
    longest: [...within].sort((a, b) => b.execTimeUs - a.execTimeUs).slice(0, most),
  };
}

function missingOf(records: readonly CollectiveRecord[]): number {
  const rows = new Map<string, { first: number; last: number; told: number }>();
  for (const { commId, collectiveKind, collectiveSeq: seq, rank, peer, timingSource = '' } of records) {
    if (seq === undefined || rank === undefined || !NCCL_TIMING_SOURCES.includes(timingSource)) continue;
    // A rank counts its point-to-point operations together, whatever they are and whoever the peer is.
    const key = JSON.stringify([commId, peer === undefined ? collectiveKind : null, rank]);
    const { first, last, told } = rows.get(key) ?? { first: seq, last: seq, told: 0 };
    rows.set(key, { first: Math.min(first, seq), last: Math.max(last, seq), told: told + 1 });
  }
  return [...rows.values()].reduce((sum, { first, last, told }) => sum + Math.max(0, last - first + 1 - told), 0);
}
