'use client';

import Link from 'next/link';
import { formatSeconds } from '../../../lib/format/durations.ts';
import { CAUSE_FAMILIES } from '../../_lib/causes.ts';
import { stepHref } from '../../_lib/paths.ts';
import type { StepRow } from '../../_lib/steps.ts';
import { Moment } from '../clock-provider.tsx';
import { ScrollRegion } from '../scroll-region.tsx';

/** The step chart in numbers, newest first. */
export function StepTable({ job, rows, height }: { job: string; rows: readonly StepRow[]; height: number }) {
  return (
    <ScrollRegion label="Step times" className="overflow-auto" style={{ height }}>
      <table className="w-full text-right">
        <thead className="sticky top-0 bg-surface text-xs text-muted">
          <tr>
            <th scope="col" className="text-left">
              step
            </th>
            <th scope="col">ended</th>
            <th scope="col">time</th>
            <th scope="col">baseline</th>
            <th scope="col">slow by</th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={row.index} className="border-t border-line">
              <th scope="row" className="text-left font-normal">
                <Link href={stepHref(job, row.step)} className="link">
                  {row.step}
                </Link>
              </th>
              <td>
                <Moment timestampMs={row.endMs} />
              </td>
              <td>{row.durationSeconds === null ? 'restart' : formatSeconds(row.durationSeconds)}</td>
              <td>{row.baselineSeconds === null ? 'none' : formatSeconds(row.baselineSeconds)}</td>
              <td>{row.family === null ? '' : CAUSE_FAMILIES[row.family].label}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
