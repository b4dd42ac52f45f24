import type { JobPlacement } from '../../lib/topology/types.ts';

/**
 * What each rank prints when its communicator is up, with NCCL_DEBUG=INFO: who runs where, said by the rank itself.
 * @source NVIDIA/nccl src/init.cc ("Init COMPLETE")
 */
const INIT =
  /^(\S{1,256}?):\d+:\d+ \[\d+\] NCCL INFO .{0,60}?comm 0x[0-9a-f]{1,16} rank (\d{1,7}) n[rR]anks (\d{1,7}) .{0,200}?commId (0x[0-9a-f]{1,16}) - Init COMPLETE/;
/** Communicators looked at side by side; the one silent longest is let go. */
const MOST_COMMUNICATORS = 64;
const MOST_RANKS = 65_536;

interface Communicator {
  ranks: number;
  hostOf: Map<number, string>;
}

/** Learns from the logs of a job which rank runs on which host. */
export class NcclRanks {
  private readonly open = new Map<string, Communicator>();
  /** The largest that is complete. */
  private complete: JobPlacement | undefined;
  private told = '';

  constructor(private readonly job: string) {}

  /** Looks at a line. */
  take(line: string): void {
    if (!line.includes('Init COMPLETE')) return;
    const match = INIT.exec(line);
    if (match === null) return;
    const [, host = '', rankText, ranksText, commId = ''] = match;
    const rank = Number(rankText);
    const ranks = Number(ranksText);
    // Parts of the job (pipeline stages, tensor groups) number their ranks anew.
    if (ranks < (this.complete?.ranks.length ?? 2) || ranks > MOST_RANKS || rank >= ranks) return;
    const key = `${commId} ${ranks}`;
    const communicator = this.open.get(key) ?? { ranks, hostOf: new Map<number, string>() };
    this.open.delete(key);
    this.open.set(key, communicator);
    communicator.hostOf.set(rank, host);
    for (const oldest of this.open.keys()) {
      if (this.open.size <= MOST_COMMUNICATORS) break;
      this.open.delete(oldest);
    }
    if (communicator.hostOf.size < ranks) return;
    this.open.delete(key);
    this.complete = this.placementOf(communicator);
  }

  /**
   * Where the job runs, once every rank of its largest communicator has said so; only news.
   * To be asked when all that was written has been read.
   */
  news(): JobPlacement | undefined {
    const { complete } = this;
    if (complete === undefined) return undefined;
    for (const { ranks } of this.open.values()) if (ranks > complete.ranks.length) return undefined;
    const text = JSON.stringify(complete);
    if (text === this.told) return undefined;
    this.told = text;
    return complete;
  }

  private placementOf({ hostOf }: Communicator): JobPlacement {
    const placed = [...hostOf].sort(([a], [b]) => a - b).map(([rank, device]) => ({ rank, device }));
    const hosts = [...new Set(placed.map(({ device }) => device))];
    return { job: this.job, hosts, ranks: placed, source: 'log' };
  }
}
