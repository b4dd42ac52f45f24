'use client';

import { clsx } from 'clsx';
import { useState } from 'react';
import type { StepExplanation } from '../../../lib/api/types.ts';
import { formatSeconds } from '../../../lib/format/durations.ts';
import { formatPlural } from '../../../lib/format/numbers.ts';
import type { StepVerdict } from '../../../lib/training/step.ts';
import { rankBars } from '../../_lib/ranks.ts';
import { ScrollRegion } from '../scroll-region.tsx';
import { Empty } from '../states.tsx';

const FIRST_RANKS = 32;

/** Compute and waiting of every rank, the latest first: one long bar on top is a straggler, equal bars are not. */
export function RankBars({ ranks, verdict }: { ranks: StepExplanation['ranks']; verdict: StepVerdict }) {
  const [all, setAll] = useState(false);
  if (ranks.length === 0) {
    return (
      <Empty
        title="Ranks do not report their own times."
        command="train_step step=1200 time_ms=2345.7 rank=0 host=gpu01"
      >
        With a line per rank, a slow rank can be told from a slow network.
      </Empty>
    );
  }
  const bars = rankBars(ranks);
  const longest = Math.max(...bars.map((bar) => bar.durationSeconds));
  const split = bars.some((bar) => bar.computeSeconds !== null);
  const shown = all ? bars : bars.slice(0, FIRST_RANKS);
  return (
    <>
      {verdict.lateRank !== undefined && (
        <p className="pb-1.5">
          Rank {verdict.lateRank.rank}
          {verdict.lateRank.host !== undefined && ` on ${verdict.lateRank.host}`} came{' '}
          <strong>{formatSeconds(verdict.lateRank.latenessSeconds)}</strong> after the others.
        </p>
      )}
      <ScrollRegion label="Time per rank" className="max-h-[32rem] overflow-y-auto">
        <table className="w-full text-xs">
          <thead className="sr-only">
            <tr>
              <th scope="col">rank</th>
              <th scope="col">bar</th>
              <th scope="col">{split ? 'compute' : 'time'}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((bar) => (
              <tr key={bar.rank} className={clsx('h-5', bar.rank === verdict.lateRank?.rank && 'font-semibold')}>
                <th scope="row" className="w-28 truncate pr-2 text-left font-[inherit]">
                  {bar.rank}
                  {bar.host !== null && <span className="text-muted"> {bar.host}</span>}
                </th>
                <td>
                  <span
                    className="flex h-3 overflow-hidden rounded-sm bg-raised"
                    role="img"
                    aria-label={describe(bar.computeSeconds, bar.waitSeconds, bar.durationSeconds)}
                    title={describe(bar.computeSeconds, bar.waitSeconds, bar.durationSeconds)}
                  >
                    <span
                      style={{
                        width: `${((bar.computeSeconds ?? bar.durationSeconds) / longest) * 100}%`,
                        background: 'var(--series-1)',
                      }}
                    />
                    {bar.waitSeconds !== null && (
                      <span className="hatched" style={{ width: `${(bar.waitSeconds / longest) * 100}%` }} />
                    )}
                  </span>
                </td>
                <td className="w-16 pl-2 text-right">{formatSeconds(bar.computeSeconds ?? bar.durationSeconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="flex flex-wrap gap-x-4 pt-1.5 text-xs text-muted">
        <span className="flex items-center gap-1.5">
          <span className="inline-block h-2 w-4" style={{ background: 'var(--series-1)' }} />{' '}
          {split ? 'compute' : 'step time'}
        </span>
        {split && (
          <span className="flex items-center gap-1.5">
            <span className="hatched inline-block h-2 w-4 border border-line" /> communication and waiting for others
          </span>
        )}
        {!split && <span>ranks do not report when their compute ends</span>}
        {bars.length > FIRST_RANKS && (
          <button type="button" className="link" onClick={() => setAll(!all)}>
            {all ? 'latest only' : `all ${formatPlural(bars.length, 'rank')}`}
          </button>
        )}
      </p>
    </>
  );
}

function describe(computeSeconds: number | null, waitSeconds: number | null, durationSeconds: number): string {
  if (computeSeconds === null || waitSeconds === null) return formatSeconds(durationSeconds);
  return `compute ${formatSeconds(computeSeconds)}, then ${formatSeconds(waitSeconds)} of communication and waiting`;
}
