import type { StepExplanation } from '../../lib/api/types.ts';

type Rank = StepExplanation['ranks'][number];

/** One bar: a rank with how long it computed and how long it then waited for the others. */
export interface RankBar {
  rank: number;
  host: string | null;
  /** Seconds; null where ranks do not report when their compute ends. */
  computeSeconds: number | null;
  waitSeconds: number | null;
  durationSeconds: number;
}

/** Ranks by compute time, the latest first where it is known, else by duration. */
export function rankBars(ranks: readonly Rank[]): RankBar[] {
  return ranks
    .map((rank) => ({
      rank: rank.rank,
      host: rank.host ?? null,
      durationSeconds: rank.durationSeconds,
      computeSeconds: rank.computeSeconds ?? null,
      waitSeconds: rank.computeSeconds === undefined ? null : Math.max(0, rank.durationSeconds - rank.computeSeconds),
    }))
    .sort(
      (a, b) => (b.computeSeconds ?? b.durationSeconds) - (a.computeSeconds ?? a.durationSeconds) || a.rank - b.rank,
    );
}
