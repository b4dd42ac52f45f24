import type { StepExplanation } from '../api/types.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { DocumentStore } from '../store/types.ts';
import type { CollectiveWait } from '../training/collective-waits.ts';
import { explainStep } from '../training/explain.ts';
import { computeMs } from '../training/rank-features.ts';
import type { StepRecord, StepVerdict } from '../training/step.ts';
import { waitsWithin } from './collectives.ts';

/** Rank records of one step that are read at most. */
const MAX_RECORDS = 100_000;
/** Waiting for one rank that is told in words, as a share of the step. */
const WAIT_WORTH_TELLING = 0.02;

/** Everything known of one step; undefined where it has not been judged. @param gpus of the job, null = not known */
export async function stepExplanation(
  documents: DocumentStore,
  job: string,
  step: number,
  gpus: number | null,
): Promise<StepExplanation | undefined> {
  const one = { job, fromStep: step, toStep: step + 1 };
  const [verdict] = await documents.verdicts({ ...one, limit: 1 });
  if (!verdict) return undefined;
  const ids = [...new Set(verdict.causes.flatMap(({ incident }) => incident ?? []))];
  const { startMs, endMs } = verdict;
  const slow = { job, slowOnly: true, limit: 1 };
  const [waits, records, before, after, ...incidents] = await Promise.all([
    waitsWithin(documents, job, { startMs, endMs }),
    documents.steps({ ...one, limit: MAX_RECORDS }),
    documents.verdicts({ ...slow, range: { startMs: 0, endMs: startMs } }),
    documents.verdicts({ ...slow, range: { startMs: endMs + 1, endMs: Number.MAX_SAFE_INTEGER }, oldestFirst: true }),
    ...ids.map((id) => documents.incident(id)),
  ]);
  const known = incidents.filter((incident) => incident !== undefined);
  return {
    verdict,
    incidents: known,
    ranks: ranksOf(records, verdict),
    waits,
    neighbours: { previousSlow: before[0]?.step ?? null, nextSlow: after[0]?.step ?? null },
    lostGpuSeconds: gpus === null ? null : gpus * verdict.excessSeconds,
    text: explanationText(verdict, known, gpus, waits),
  };
}

/** Per-rank rows of the run of this step that was judged (a restart may have run it before). */
function ranksOf(records: readonly StepRecord[], verdict: StepVerdict): StepExplanation['ranks'] {
  const rows = new Map<number, StepExplanation['ranks'][number]>();
  for (const record of records) {
    const { rank, host, startMs, endMs } = record;
    if (rank === undefined || endMs < verdict.startMs || startMs > verdict.endMs) continue;
    const ownMs = computeMs(record);
    rows.set(rank, {
      rank,
      ...(host === undefined ? {} : { host }),
      durationSeconds: (endMs - startMs) / 1000,
      ...(ownMs === undefined ? {} : { computeSeconds: ownMs / 1000 }),
    });
  }
  return [...rows.values()].sort((a, b) => a.rank - b.rank);
}

function explanationText(
  verdict: StepVerdict,
  incidents: readonly Incident[],
  gpus: number | null,
  waits: readonly CollectiveWait[],
): string {
  const lines = [explainStep(verdict)];
  if (gpus !== null && verdict.excessSeconds > 0) {
    lines.push(`  lost ${(gpus * verdict.excessSeconds).toFixed(1)} GPU-seconds on ${gpus} GPUs`);
  }
  for (const incident of incidents) {
    lines.push(`  ${incident.id}: ${incident.summary} (root ${incident.rootDevice} ${incident.rootPort})`);
  }
  const [wait] = waits;
  if (wait && wait.waitedSeconds >= WAIT_WORTH_TELLING * verdict.durationSeconds) {
    const who = `rank ${wait.rank} of ${wait.commId}${wait.host === undefined ? '' : ` on ${wait.host}`}`;
    lines.push(
      `  in collectives ${who} came last ${wait.last} of ${wait.of} times: ${wait.waitedSeconds.toFixed(3)} s waited`,
    );
  }
  return lines.join('\n');
}
