'use client';

import { formatGpuSeconds, formatSeconds } from '../../../lib/format/durations.ts';
import type { JobSummary } from '../../../lib/training/step.ts';
import { CAUSE_FAMILIES, kindLabel } from '../../_lib/causes.ts';
import { lostByFamily } from '../../_lib/steps.ts';
import { LostBar } from '../lost-bar.tsx';
import { Mark } from '../mark.tsx';
import { Empty } from '../states.tsx';

/** The lost time as one bar and as a table of causes. */
export function LostByCause({ job }: { job: JobSummary }) {
  const families = lostByFamily(job.lostSecondsByCause);
  if (families.length === 0) return <Empty title="No step of this job lost time." />;
  return (
    <>
      <LostBar lostSecondsByCause={job.lostSecondsByCause} total={job.lostSeconds} thick />
      <table className="w-full">
        <thead className="sr-only">
          <tr>
            <th scope="col">cause</th>
            <th scope="col">lost</th>
            <th scope="col">GPU time</th>
          </tr>
        </thead>
        <tbody>
          {families.flatMap(({ family, kinds }) =>
            kinds.map(({ kind, seconds }) => (
              <tr key={kind} className="h-7 border-t border-line first:border-0">
                <th scope="row" className="text-left font-normal">
                  <span className="inline-flex items-center gap-1.5">
                    <Mark shape={CAUSE_FAMILIES[family].shape} colour={CAUSE_FAMILIES[family].colour} size={10} />
                    {kindLabel(kind)}
                  </span>
                </th>
                <td className="text-right font-semibold">{formatSeconds(seconds)}</td>
                <td className="text-right text-muted">
                  {job.gpus === null ? '' : formatGpuSeconds(seconds * job.gpus)}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </>
  );
}
