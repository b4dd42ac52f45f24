/** One collective or point-to-point operation as one rank saw it, or a mean over many of them. */
export interface CollectiveRecord {
  job: string;
  /** The same for every rank of the communicator. */
  commId: string;
  /**
   * Number among the operations of this kind within the communicator, the same for every rank; of a point-to-point
   * operation the rank's own count. Absent where the source gives a mean only.
   * @source NVIDIA/nccl src/plugin/profiler.cc: a counter for each function of a communicator
   */
  collectiveSeq?: number;
  /** AllReduce, AllGather, Send, ... as the source spells it. */
  collectiveKind: string;
  messageBytes: number;
  /** How long the rank was in it; holds its wait for the rank that came last. */
  execTimeUs: number;
  /** Bus bandwidth in GB/s (10^9 bytes). */
  busGBPerSec?: number | null;
  /** Rank within the communicator; absent where the source names the GPU only. */
  rank?: number;
  /** Ranks in the communicator. */
  ranks?: number;
  /** tp, dp, ... where the program names its communicators. */
  commName?: string;
  host?: string;
  gpu?: string;
  /** The other rank of a point-to-point operation. */
  peer?: number;
  /** Unix µs, where the source has clocks of the operation itself. */
  startUs?: number;
  endUs?: number;
  /** When the source wrote it, Unix ms: at or after the end. */
  timestampMs?: number;
  timingSource?: string;
}

/** When it ended, Unix ms, as near as the source tells; `nowMs` where it tells nothing. */
export function collectiveEndMs({ endUs, timestampMs }: CollectiveRecord, nowMs: number): number {
  return endUs === undefined ? (timestampMs ?? nowMs) : endUs / 1000;
}

/** What tells records apart: the same operation told again replaces what was told. */
export interface CollectiveKey {
  comm: string;
  seq: number;
  rank: number;
}

/** The key of a record. Means have no number of their own: their time stands for it. */
export function collectiveKey(record: CollectiveRecord, nowMs: number): CollectiveKey {
  const { commId, collectiveKind, messageBytes, host, gpu, peer, rank, collectiveSeq } = record;
  const parts =
    collectiveSeq === undefined || rank === undefined
      ? [commId, collectiveKind, messageBytes, host, gpu, peer]
      : [commId, collectiveKind, ...(peer === undefined ? [] : [peer])];
  return {
    comm: JSON.stringify(parts),
    seq: collectiveSeq ?? record.timestampMs ?? nowMs,
    rank: rank ?? -1,
  };
}
