'use client';

import Link from 'next/link';
import type { RankMap } from '../../../lib/api/types.ts';
import { formatSeconds } from '../../../lib/format/durations.ts';
import { formatCount } from '../../../lib/format/numbers.ts';
import { stepHref } from '../../_lib/paths.ts';
import { lateRanks } from '../../_lib/rank-map.ts';
import { ScrollRegion } from '../scroll-region.tsx';
import { Empty } from '../states.tsx';

/** The map in numbers: who is late, how often, and when it was worst. */
export function LateRankTable({ job, map, usualSeconds }: { job: string; map: RankMap; usualSeconds: number }) {
  const rows = lateRanks(map, usualSeconds);
  if (rows.length === 0) return <Empty title="No rank came 5 % of a step after the others." />;
  return (
    <ScrollRegion label="Late ranks" className="max-h-[60vh] overflow-auto">
      <table className="w-full text-right">
        <thead className="sticky top-0 bg-surface text-xs text-muted">
          <tr>
            <th scope="col" className="text-left">
              rank
            </th>
            <th scope="col" className="text-left">
              host
            </th>
            <th scope="col">steps late</th>
            <th scope="col">at most</th>
            <th scope="col">in step</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.rank} className="border-t border-line">
              <th scope="row" className="text-left font-normal">
                {row.rank}
              </th>
              <td className="text-left">{row.host ?? 'not known'}</td>
              <td>
                {formatCount(row.lateSteps)} of {formatCount(row.reported)}
              </td>
              <td>{formatSeconds(row.worstSeconds)}</td>
              <td>
                <Link href={stepHref(job, row.worstStep)} className="link">
                  {row.worstStep}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
