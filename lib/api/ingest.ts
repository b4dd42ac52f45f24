import { z } from 'zod';
import {
  deviceInfoSchema,
  episodeSchema,
  jobPlacementSchema,
  linkSchema,
  nameSchema,
  stepRecordSchema,
  targetHealthSchema,
  timeMsSchema,
} from './documents.ts';

/*
 * What POST /api/v1/ingest/* takes. Unknown keys are ignored, so that a newer sender is understood by an older monitor.
 */

/** Other spellings of the same thing: a duration instead of a start, and long names. */
function withAliases(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const given = raw as Record<string, unknown>;
  const job = given.job ?? given.jobId;
  const step = given.step ?? given.stepIndex;
  const endMs = given.endMs ?? given.timestampMs;
  const durationMs = given.durationMs ?? given.stepTimeMs;
  const startMs =
    given.startMs ?? (typeof endMs === 'number' && typeof durationMs === 'number' ? endMs - durationMs : undefined);
  return { ...given, job, step, startMs, endMs };
}

/** A training step. Beside `startMs` and `endMs`: `endMs` (or `timestampMs`) with `durationMs` (or `stepTimeMs`). */
export const stepInputSchema = z.preprocess(
  withAliases,
  stepRecordSchema
    .refine(({ startMs, endMs }) => endMs > startMs, { path: ['endMs'], message: 'the step ends before it starts' })
    .refine(({ startMs, endMs, computeEndMs = startMs }) => computeEndMs >= startMs && computeEndMs <= endMs, {
      path: ['computeEndMs'],
      message: 'is not within the step',
    }),
);

/** Where a job runs: hosts, or ranks with their NICs (or `rankToHost`, by rank). */
export const jobInputSchema = z.preprocess(
  (raw) => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
    const given = raw as Record<string, unknown>;
    const ranks = ranksOf(given.rankToHost);
    return { hosts: [], ranks, source: 'api', ...given, job: given.job ?? given.jobId };
  },
  jobPlacementSchema.refine(({ hosts, ranks }) => hosts.length + ranks.length > 0, {
    path: ['hosts'],
    message: 'give hosts or ranks, so that the job has ports',
  }),
);

function ranksOf(rankToHost: unknown): unknown[] {
  if (typeof rankToHost !== 'object' || rankToHost === null) return [];
  return Object.entries(rankToHost).map(([rank, device]) => ({ rank: Number(rank), device }));
}

/** One collective operation as one rank saw it, or (without `collectiveSeq`) a mean over many. */
export const collectiveSchema = z
  .object({
    job: nameSchema,
    commId: nameSchema,
    collectiveSeq: z.number().int().nonnegative().exactOptional(),
    collectiveKind: nameSchema,
    messageBytes: z.number().nonnegative(),
    execTimeUs: z.number().nonnegative(),
    busGBPerSec: z.number().nonnegative().nullable().exactOptional(),
    rank: z.number().int().nonnegative().exactOptional(),
    ranks: z.number().int().nonnegative().exactOptional(),
    commName: z.string().max(256).exactOptional(),
    host: nameSchema.exactOptional(),
    gpu: nameSchema.exactOptional(),
    peer: z.number().int().nonnegative().exactOptional(),
    startUs: z.number().exactOptional(),
    endUs: z.number().exactOptional(),
    timestampMs: timeMsSchema.exactOptional(),
    timingSource: z.string().max(64).exactOptional(),
  })
  .meta({ id: 'CollectiveRecord' });

/** The same as it may be pushed: `jobId` is another spelling of `job`. */
export const collectiveInputSchema = z.preprocess((raw) => {
  const { job, jobId } = (raw ?? {}) as Record<string, unknown>;
  return job === undefined && jobId !== undefined ? { ...(raw as object), job: jobId } : raw;
}, collectiveSchema);

/** A named span of time, for comparing benchmarks. */
export const windowInputSchema = z
  .object({
    name: nameSchema,
    startMs: timeMsSchema,
    endMs: timeMsSchema,
    labels: z
      .record(nameSchema, z.string().max(256))
      .default({})
      .refine((labels) => Object.keys(labels).length <= 32, { message: 'has more than 32 labels' }),
  })
  .refine(({ startMs, endMs }) => endMs > startMs, { path: ['endMs'], message: 'the window ends before it starts' })
  .meta({ id: 'NamedWindow' });

/** What a collector says beside samples. */
export const collectorEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('target'), health: targetHealthSchema }),
  z.object({
    type: z.literal('links'),
    device: nameSchema,
    devices: z.array(deviceInfoSchema).max(10_000),
    links: z.array(linkSchema).max(100_000),
  }),
  z.object({ type: z.literal('episode'), episode: episodeSchema }),
  z.object({ type: z.literal('job'), placement: jobPlacementSchema }),
]);

export const ingestAnswerSchema = z
  .object({
    accepted: z.number().int(),
    rejected: z.array(
      z.object({ index: z.number().int(), code: z.enum(['malformed', 'invalid']), detail: z.string() }),
    ),
  })
  .meta({ id: 'IngestAnswer' });
