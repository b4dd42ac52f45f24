import type { RankMap } from '../../lib/api/types.ts';
import { formatSeconds } from '../../lib/format/durations.ts';
import type { GridCell } from './grid-map.ts';

/** What lateness is compared with: the job's usual step; before that is known, the middle one of the map. */
export function usualSeconds(job: { baselineSeconds: number | null }, map: RankMap): number {
  if (job.baselineSeconds !== null) return job.baselineSeconds;
  const seconds = map.steps.map(({ startMs, endMs }) => (endMs - startMs) / 1000).sort((a, b) => a - b);
  return seconds[seconds.length >> 1] ?? 0;
}

/** Lateness as a share of the usual step: the fixed scale of the map, so that two jobs compare. Null = no report. */
export function lateShare(map: RankMap, { row, column }: GridCell, usualSeconds: number): number | null {
  const seconds = map.ranks[row]?.latenessSeconds[column] ?? null;
  return seconds === null || usualSeconds <= 0 ? null : Math.max(0, seconds) / usualSeconds;
}

/** What a cell shows, in words. */
export function cellText(map: RankMap, { row, column }: GridCell): string {
  const rank = map.ranks[row];
  const step = map.steps[column];
  if (rank === undefined || step === undefined) return '';
  const who = `rank ${rank.rank}${rank.host === undefined ? '' : ` on ${rank.host}`}, step ${step.step}`;
  const seconds = rank.latenessSeconds[column] ?? null;
  if (seconds === null) return `${who}: no report`;
  const when = seconds === 0 ? 'with the median rank' : lateText(seconds);
  return `${who}${step.slow === true ? ' (slow)' : ''}: ${when}`;
}

function lateText(seconds: number): string {
  return `${formatSeconds(Math.abs(seconds))} ${seconds > 0 ? 'after' : 'before'} the median rank`;
}

/** A rank with how often it was late, and by how much at most. */
export interface LateRank {
  rank: number;
  host: string | undefined;
  lateSteps: number;
  reported: number;
  worstSeconds: number;
  worstStep: number;
}

/** A rank is late in a step where it comes this share of the usual step after the median rank. */
const LATE_SHARE = 0.05;

/** Ranks that were late at all, the most often late first. */
export function lateRanks(map: RankMap, usualSeconds: number): LateRank[] {
  return map.ranks
    .map(({ rank, host, latenessSeconds }) => {
      const found: LateRank = { rank, host, lateSteps: 0, reported: 0, worstSeconds: 0, worstStep: 0 };
      latenessSeconds.forEach((seconds, column) => {
        if (seconds === null) return;
        found.reported++;
        if (seconds > LATE_SHARE * usualSeconds) found.lateSteps++;
        if (seconds <= found.worstSeconds) return;
        found.worstSeconds = seconds;
        found.worstStep = map.steps[column]?.step ?? 0;
      });
      return found;
    })
    .filter(({ lateSteps }) => lateSteps > 0)
    .sort((a, b) => b.lateSteps - a.lateSteps || b.worstSeconds - a.worstSeconds);
}
