import type { StepExplanation } from '../api/types.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { DocumentStore } from '../store/types.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import type { CollectiveSummary } from '../training/collective-summary.ts';
import type { CollectiveWait } from '../training/collective-waits.ts';
import { explainStep } from '../training/explain.ts';
import { excessGap, type PartSpread, partSpreads, spreadText } from '../training/part-times.ts';
import { computeMs } from '../training/rank-features.ts';
import type { StepRecord, StepVerdict } from '../training/step.ts';

/** Rank records of one step that are read at most. */
const MAX_RECORDS = 100_000;
/** Waiting for one rank that is told in words, as a share of the step. */
const WAIT_WORTH_TELLING = 0.02;
/** Ranks this far apart in a part of the step, beyond what is usual, are told in words, as a share of the step. */
const GAP_WORTH_TELLING = 0.02;
/** Parts of a step that are told, and records before it that say what is usual. */
const MOST_PARTS = 8;
/** Waits and longest operations that are told. */
const MOST_OF_COLLECTIVES = 5;
const RECORDS_BEFORE = 50;
/** How far back they are looked for, ms. */
const LOOK_BACK_MS = 6 * 3_600_000;

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
  const [operations, records, before, after, ...incidents] = await Promise.all([
    documents.collectiveSummary({ job, range: { startMs, endMs }, most: MOST_OF_COLLECTIVES }),
    documents.steps({ ...one, limit: MAX_RECORDS }),
    documents.verdicts({ ...slow, range: { startMs: 0, endMs: startMs } }),
    documents.verdicts({ ...slow, range: { startMs: endMs + 1, endMs: Number.MAX_SAFE_INTEGER }, oldestFirst: true }),
    ...ids.map((id) => documents.incident(id)),
  ]);
  const known = incidents.filter((incident) => incident !== undefined);
  const parts = await partsOf(documents, records, verdict);
  const { waits, longest, missing } = operations;
  return {
    verdict,
    incidents: known,
    ranks: ranksOf(records, verdict),
    waits,
    ...(parts.length === 0 ? {} : { parts }),
    ...(longest.length === 0
      ? {}
      : { collectives: { operations: operations.operations, missing, longest: longest.map(shortCollective) } }),
    neighbours: { previousSlow: before[0]?.step ?? null, nextSlow: after[0]?.step ?? null },
    lostGpuSeconds: gpus === null ? null : gpus * verdict.excessSeconds,
    text: [explanationText(verdict, known, gpus, waits), ...moreText(verdict, parts, operations)].join('\n'),
  };
}

/** Where the ranks differed by the job's own line of this step, against its lines before. */
async function partsOf(
  documents: DocumentStore,
  records: readonly StepRecord[],
  verdict: StepVerdict,
): Promise<PartSpread[]> {
  const own = records.find(
    ({ rank, parts, startMs, endMs }) =>
      rank === undefined && parts !== undefined && endMs >= verdict.startMs && startMs <= verdict.endMs,
  );
  if (own === undefined) return [];
  const range = { startMs: own.startMs - LOOK_BACK_MS, endMs: own.startMs };
  const before = await documents.steps({ job: own.job, range, limit: RECORDS_BEFORE });
  return partSpreads(
    own,
    before.filter((step) => step.endMs <= own.startMs + 1),
  ).slice(0, MOST_PARTS);
}

function shortCollective({ collectiveKind, messageBytes, execTimeUs, busGBPerSec, rank, host }: CollectiveRecord) {
  return {
    collectiveKind,
    messageBytes,
    execTimeUs,
    ...(busGBPerSec === undefined ? {} : { busGBPerSec }),
    ...(rank === undefined ? {} : { rank }),
    ...(host === undefined ? {} : { host }),
  };
}

function moreText(
  verdict: StepVerdict,
  parts: readonly PartSpread[],
  { operations, missing, longest: [longest] }: CollectiveSummary,
): string[] {
  const lines: string[] = [];
  const [widest] = parts;
  if (widest && excessGap(widest) >= 1000 * GAP_WORTH_TELLING * verdict.durationSeconds) {
    lines.push(`  ${spreadText(widest)}`);
  }
  if (longest && longest.execTimeUs >= 1e6 * WAIT_WORTH_TELLING * verdict.durationSeconds) {
    const { collectiveKind, messageBytes, execTimeUs, busGBPerSec, rank } = longest;
    const speed = busGBPerSec == null ? '' : ` at ${busGBPerSec.toFixed(1)} GB/s`;
    const who = rank === undefined ? '' : `, seen by rank ${rank}`;
    const size = `${(messageBytes / 1e6).toFixed(1)} MB`;
    lines.push(`  longest collective: ${collectiveKind} of ${size}, ${(execTimeUs / 1e6).toFixed(3)} s${speed}${who}`);
  }
  if (missing > 0) {
    const all = operations + missing;
    lines.push(
      `  not visible: ${missing} of ${all} collectives are not on record: they were lost, or too small to be written`,
    );
  }
  return lines;
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
