'use client';

import type { JobDetail } from '../../../lib/api/types.ts';
import { formatGpuSeconds, formatSeconds } from '../../../lib/format/durations.ts';
import { formatCount, formatFraction } from '../../../lib/format/numbers.ts';
import { Ago } from '../clock-provider.tsx';
import { Fact } from '../page-header.tsx';
import { Panel } from '../panel.tsx';

/** The job in figures. */
export function JobFacts({ detail, className }: { detail: JobDetail; className?: string }) {
  const { lostSeconds, gpus } = detail;
  return (
    <Panel title="Now" note={detail.state} className={className} stale={detail.state === 'stalled'}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-3 lg:grid-cols-7">
        <Fact label="lost">
          <strong className="text-base">
            {gpus === null ? formatSeconds(lostSeconds) : formatGpuSeconds(lostSeconds * gpus)}
          </strong>
          {gpus !== null && <span className="text-muted"> ({formatSeconds(lostSeconds)})</span>}
        </Fact>
        <Fact label="of it to the network">
          {lostSeconds > 0 ? formatFraction(Math.min(1, detail.lostToNetworkSeconds / lostSeconds)) : 'nothing lost'}
        </Fact>
        <Fact label="slow steps">
          {formatCount(detail.slowSteps)} of {formatCount(detail.steps)}
        </Fact>
        <Fact label="baseline">
          {detail.baselineSeconds === null ? (
            <span className="text-muted">not yet known</span>
          ) : (
            formatSeconds(detail.baselineSeconds)
          )}
        </Fact>
        <Fact label="last step">
          {detail.lastStep ?? 'none'}
          {detail.lastStepEndMs !== null && (
            <span className="text-muted">
              , <Ago timestampMs={detail.lastStepEndMs} />
            </span>
          )}
        </Fact>
        <Fact label="GPUs">
          {gpus === null ? <span className="text-muted">not known; set gpus in jobs</span> : formatCount(gpus)}
        </Fact>
        <Fact label="ranks">
          {detail.placement === null ? (
            <span className="text-muted">not known</span>
          ) : (
            formatCount(detail.placement.ranks.length)
          )}
        </Fact>
      </dl>
    </Panel>
  );
}
