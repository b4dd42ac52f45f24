import { z } from 'zod';
import { CAUSE_KINDS, NETWORK_KINDS, SEVERITIES } from '../kinds.ts';
import { SAMPLE_FIELDS } from '../samples/fields.ts';
import { DEVICE_ROLES } from '../topology/types.ts';
import { STEP_PHASES } from '../training/step.ts';

/*
 * Schemas of the documents that the rest of lib defines as types; tests/lib/api holds each pair together. They describe
 * what the API answers and check what it takes in.
 */

/** Longest name of a device, port or job that is taken in. */
const MAX_NAME = 256;
/** Entries of one list inside a document that comes from outside. */
const MAX_LIST = 10_000;

export const nameSchema = z.string().min(1).max(MAX_NAME);
export const timeMsSchema = z.number().min(-8.64e15).max(8.64e15).describe('Unix time, ms');
export const kindSchema = z.enum(NETWORK_KINDS);
export const severitySchema = z.enum(SEVERITIES);
export const fieldSchema = z.enum(SAMPLE_FIELDS);
const fraction = z.number().min(0).max(1);

export const portRefSchema = z.object({ device: nameSchema, port: nameSchema }).meta({ id: 'PortRef' });

export const evidenceSchema = z
  .object({
    text: z.string().max(2000),
    metric: z.string().max(MAX_NAME),
    value: z.number(),
    threshold: z.number().exactOptional(),
    unit: z.enum(['fraction', 'bytes', 'seconds', 'per_second', 'count', 'ratio', 'bits_per_second']),
    startMs: timeMsSchema,
    endMs: timeMsSchema,
    basis: z.enum(['measured', 'inferred']),
    port: portRefSchema.exactOptional(),
  })
  .meta({ id: 'Evidence' });

export const episodeSchema = z
  .object({
    id: z.string().min(1).max(512),
    kind: kindSchema,
    device: nameSchema,
    port: nameSchema,
    priority: z.number().int().min(0).max(7).exactOptional(),
    startMs: timeMsSchema,
    endMs: timeMsSchema.nullable().describe('null while open'),
    endReason: z.enum(['recovered', 'data_lost']).exactOptional(),
    severity: severitySchema,
    evidence: z.array(evidenceSchema).max(MAX_LIST),
  })
  .meta({ id: 'Episode' });

export const incidentJobCostSchema = z
  .object({
    job: z.string(),
    lostSeconds: z.number(),
    lostSecondsLow: z.number(),
    lostSecondsHigh: z.number(),
    steps: z.number(),
  })
  .meta({ id: 'IncidentJobCost' });

export const incidentSchema = z
  .object({
    id: z.string().min(1),
    kind: kindSchema,
    rootDevice: z.string(),
    rootPort: z.string(),
    priority: z.number().int().exactOptional(),
    startMs: timeMsSchema,
    endMs: timeMsSchema.nullable().describe('null while open; else the end of the last bad interval'),
    detectedMs: timeMsSchema.nullable().describe('When it first stood at warning or critical'),
    severity: severitySchema,
    confidence: fraction,
    summary: z.string(),
    victims: z.array(portRefSchema),
    senders: z.array(portRefSchema),
    edges: z.array(z.object({ from: portRefSchema, to: portRefSchema, weight: z.number() })),
    jobs: z.array(incidentJobCostSchema),
    aggressorJob: z.string().exactOptional(),
    evidence: z.array(evidenceSchema),
    notVisible: z.array(z.string()),
  })
  .meta({ id: 'Incident' });

export const deviceRoleSchema = z.enum(DEVICE_ROLES);

export const linkSchema = z
  .object({
    a: portRefSchema,
    b: portRefSchema,
    linkRateBitsPerSec: z.number().exactOptional(),
    source: z.enum(['config', 'lldp', 'infiniband', 'trace']),
    bothEnds: z.boolean().exactOptional(),
    lag: z
      .object({ a: nameSchema.exactOptional(), b: nameSchema.exactOptional() })
      .exactOptional()
      .describe('Link aggregation groups the ports belong to'),
  })
  .meta({ id: 'Link' });

export const deviceInfoSchema = z
  .object({ device: nameSchema, role: deviceRoleSchema, polled: z.boolean() })
  .meta({ id: 'DeviceInfo' });

export const jobPlacementSchema = z
  .object({
    job: nameSchema,
    hosts: z.array(nameSchema).max(100_000),
    ranks: z
      .array(z.object({ rank: z.number().int().nonnegative(), device: nameSchema, port: nameSchema.exactOptional() }))
      .max(1_000_000),
    nics: z.array(portRefSchema).max(1_000_000).exactOptional().describe('NICs the job uses, of hosts that tell'),
    ofHost: nameSchema.exactOptional().describe("The one host this is of: the job's other hosts stay as they were"),
    warmupSteps: z.number().int().nonnegative().exactOptional(),
    gpus: z.number().int().positive().exactOptional(),
    startMs: timeMsSchema.exactOptional(),
    endMs: timeMsSchema.exactOptional(),
    source: z.enum(['config', 'api', 'slurm', 'kubernetes', 'dcgm-jobs', 'log', 'trace']),
  })
  .meta({ id: 'JobPlacement' });

const lastErrorSchema = z.object({ atMs: timeMsSchema, message: z.string().max(4000) }).nullable();
const missingSchema = z.array(z.string().max(MAX_NAME)).max(MAX_LIST);
const remarksSchema = z.array(z.string().max(1024)).max(MAX_LIST);

const targetPathSchema = z.object({
  path: z.string().max(1024),
  requestedIntervalMs: z.number().nonnegative(),
  achievedIntervalMs: z.number().nonnegative().nullable().describe('Median of the last polls; null = no answer yet'),
  staircaseMs: z.number().nonnegative().nullable().describe('How seldom the device refreshes the values'),
  served: z.boolean().exactOptional().describe('False where the device does not give it at all'),
  missing: missingSchema.exactOptional().describe('Canonical fields that should come this way and do not'),
  missingLeaves: z
    .array(z.object({ leaf: z.string().max(MAX_NAME), fields: missingSchema }))
    .max(MAX_LIST)
    .exactOptional()
    .describe('Leaves that were asked for and have never come, each with the canonical fields it would give'),
  refused: remarksSchema.exactOptional().describe('Counters refused, saturated or in doubt, with the reason'),
  lastError: lastErrorSchema.exactOptional(),
});

export const targetHealthSchema = z
  .object({
    target: nameSchema,
    device: z.string().max(MAX_NAME),
    collector: z.string().max(MAX_NAME),
    address: z.string().max(1024),
    state: z.enum(['starting', 'ok', 'degraded', 'down']),
    lastSuccessMs: timeMsSchema.nullable(),
    lastError: lastErrorSchema,
    polls: z.number().nonnegative(),
    failures: z.number().nonnegative(),
    ports: z.number().nonnegative(),
    clockOffsetMs: z.number().nullable().describe("The device's clock less ours; null = it does not tell"),
    clockErrorMs: z.number().nonnegative().exactOptional().describe('How far the offset may be from the truth'),
    paths: z.array(targetPathSchema).max(MAX_LIST),
    missing: missingSchema,
    refused: remarksSchema,
    notes: remarksSchema.exactOptional().describe('What a device of this kind does not tell, and where it can be had'),
    shortestStormMs: z.number().nonnegative().nullable(),
    collectedBy: z.string().max(MAX_NAME),
    atMs: timeMsSchema,
  })
  .meta({ id: 'TargetHealth' });

export const stepCauseSchema = z
  .object({
    kind: z.enum(CAUSE_KINDS),
    incident: z.string().nullable(),
    seconds: z.number(),
    secondsHigh: z.number().exactOptional(),
    rank: z.number().int().exactOptional(),
    host: z.string().exactOptional(),
    label: z.enum(['confirmed', 'likely', 'possible']).exactOptional(),
    text: z.string().exactOptional(),
  })
  .meta({ id: 'StepCause' });

export const stepVerdictSchema = z
  .object({
    job: z.string(),
    step: z.number().int(),
    run: z.number().int().positive().exactOptional(),
    startMs: timeMsSchema,
    endMs: timeMsSchema,
    durationSeconds: z.number(),
    baselineSeconds: z.number(),
    excessSeconds: z.number(),
    slow: z.boolean(),
    verdict: z.enum(['network', 'not-network', 'unknown']).nullable(),
    label: z.enum(['confirmed', 'likely', 'possible']).nullable(),
    confidence: z.number().nullable(),
    causes: z.array(stepCauseSchema),
    reasons: z.array(z.string()),
    notVisible: z.array(z.string()),
    ranks: z.number().int(),
    lateRank: z
      .object({ rank: z.number().int(), host: z.string().exactOptional(), latenessSeconds: z.number() })
      .exactOptional(),
    flags: z.array(z.string()),
  })
  .meta({ id: 'StepVerdict' });

const byCause = z.partialRecord(z.enum(CAUSE_KINDS), z.number());

export const jobSummarySchema = z
  .object({
    job: z.string(),
    steps: z.number(),
    slowSteps: z.number(),
    lostSeconds: z.number(),
    lostToNetworkSeconds: z.number(),
    lostSecondsByCause: byCause,
    gpus: z.number().nullable(),
    baselineSeconds: z.number().nullable(),
    lastStep: z.number().nullable(),
    lastStepEndMs: timeMsSchema.nullable(),
    state: z.enum(['running', 'stalled', 'finished']),
    hang: z
      .object({
        sinceMs: timeMsSchema,
        verdict: z.enum(['network', 'not-network', 'unknown']),
        incidents: z.array(
          z.object({ incident: z.string(), kind: z.enum(NETWORK_KINDS), heldSeconds: z.number().nonnegative() }),
        ),
        reason: z.string(),
      })
      .exactOptional(),
  })
  .meta({ id: 'JobSummary' });

export const stepRecordSchema = z
  .object({
    job: nameSchema,
    step: z.number().int().nonnegative(),
    rank: z.number().int().nonnegative().exactOptional(),
    host: nameSchema.exactOptional(),
    startMs: timeMsSchema,
    endMs: timeMsSchema,
    computeEndMs: timeMsSchema.exactOptional(),
    phasesMs: z.partialRecord(z.enum(STEP_PHASES), z.number().nonnegative()).exactOptional(),
    averagedOver: z.number().int().positive().exactOptional(),
    parts: z
      .array(
        z.object({
          name: nameSchema,
          maxMs: z.number().nonnegative(),
          minMs: z.number().nonnegative().exactOptional(),
          minRank: z.number().int().nonnegative().exactOptional(),
          maxRank: z.number().int().nonnegative().exactOptional(),
        }),
      )
      .max(64)
      .exactOptional()
      .describe("Times of parts of the step over all ranks, as the job's log tells them"),
    timeBasis: z.enum(['source', 'arrival']).exactOptional(),
    tags: z.array(z.string().max(MAX_NAME)).max(100).exactOptional(),
  })
  .meta({ id: 'StepRecord' });
