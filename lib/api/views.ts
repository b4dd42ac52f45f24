import { z } from 'zod';
import {
  deviceInfoSchema,
  deviceRoleSchema,
  fieldSchema,
  incidentSchema,
  jobPlacementSchema,
  jobSummarySchema,
  linkSchema,
  portRefSchema,
  stepVerdictSchema,
  targetHealthSchema,
  timeMsSchema,
} from './documents.ts';

const nullableMs = timeMsSchema.nullable();
const latestSchema = z.partialRecord(fieldSchema, z.number()).describe('Newest values; absent = not exposed');

/** RFC 9457 problem document. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });

/** Newest numbers of one port: absent = not exposed, stale when older than 3 intervals. */
export const portRowSchema = portRefSchema
  .extend({
    atMs: nullableMs,
    intervalMs: z.number().nullable(),
    stale: z.boolean(),
    peer: portRefSchema.nullable(),
    jobs: z.array(z.string()),
    latest: latestSchema,
    bounded: z
      .array(fieldSchema)
      .describe('Fields of `latest` that are only upper bounds: pause counted in frames, credit wait'),
  })
  .meta({ id: 'PortRow' });

/** GET /api/v1/ports */
export const portPageSchema = z
  .object({
    items: z.array(portRowSchema),
    nextCursor: z.string().nullable(),
    all: z.number().int().describe('Ports that are known'),
    total: z.number().int().describe('Ports that match'),
    stale: z.number().int().describe('Of those that match: without a sample for three intervals'),
  })
  .meta({ id: 'PortPage' });

/** GET /api/v1/ports/{device}/{port}: `port` is URL-encoded (it may hold "/"). */
export const portDetailSchema = portRowSchema
  .extend({
    role: deviceRoleSchema,
    priorities: z
      .array(z.object({ priority: z.number().int(), latest: latestSchema }))
      .describe('Newest values per PFC priority'),
    incidents: z.array(incidentSchema),
    target: targetHealthSchema.nullable(),
    fields: z.array(fieldSchema).describe('Fields this port has given in the last hour'),
    missingFields: z.array(fieldSchema).describe('Fields it does not expose'),
  })
  .meta({ id: 'PortDetail' });

/** GET /api/v1/series?device=&port=&priority=&field=rxPauseFraction,txPauseFraction&from=now-15m&to=now&maxPoints=1000 */
export const seriesAnswerSchema = z
  .object({
    series: z.array(
      z.object({
        labels: z.object({
          device: z.string(),
          port: z.string(),
          priority: z.number().int().exactOptional(),
          field: fieldSchema,
        }),
        unit: z.string(),
        timestampsMs: z.array(timeMsSchema),
        values: z.array(z.number().nullable()).describe('null = missing: draw a gap, never 0'),
      }),
    ),
    fromMs: timeMsSchema,
    toMs: timeMsSchema,
  })
  .meta({ id: 'SeriesAnswer' });

/** A cell of the leaf x spine map: the worst of all links and both directions between the two, last interval. */
export const heatCellSchema = z
  .object({
    leaf: z.string(),
    spine: z.string(),
    blockedFraction: z
      .number()
      .nullable()
      .describe('Share of time the worst end was blocked (PFC pause or InfiniBand credit wait), 0..1; null = no data'),
    bounded: z.boolean().describe('blockedFraction is only an upper bound: the port counts pause frames, not time'),
    utilFraction: z.number().nullable(),
    port: portRefSchema.nullable().describe('The port behind the number'),
    stale: z.boolean(),
  })
  .meta({ id: 'HeatCell' });

/** The worst host-facing port of a leaf, one cell beside its row. */
export const leafEdgeCellSchema = z
  .object({
    leaf: z.string(),
    blockedFraction: z.number().nullable(),
    bounded: z.boolean(),
    port: portRefSchema.nullable(),
    stale: z.boolean(),
  })
  .meta({ id: 'LeafEdgeCell' });

/** GET /api/v1/overview, also pushed as SSE event `overview` at most once a second. */
export const overviewViewSchema = z
  .object({
    atMs: timeMsSchema,
    sentence: z.string().describe('What hurts now, or that nothing does, or that we cannot tell'),
    state: z
      .enum(['ok', 'watching', 'hurting', 'attention', 'unknown'])
      .describe('watching: a port is blocked for much of its time, and no incident says why yet'),
    counts: z.object({ info: z.number(), warning: z.number(), critical: z.number() }).describe('Open incidents'),
    incidents: z.array(incidentSchema).describe('Open and lately ended, worst first'),
    jobs: z.array(jobSummarySchema),
    slowSteps: z.array(stepVerdictSchema).describe('Slow steps lately judged, newest first, at most 20'),
    heat: z.object({
      leaves: z.array(z.string()),
      spines: z.array(z.string()),
      cells: z.array(heatCellSchema),
      edges: z.array(leafEdgeCellSchema),
    }),
    topPorts: z.array(
      z.object({ device: z.string(), port: z.string(), blockedFraction: z.number(), bounded: z.boolean() }),
    ),
    coverage: z.object({
      targets: z.number(),
      targetsOk: z.number(),
      silent: z
        .array(z.object({ target: z.string(), silentMs: z.number().nullable(), lastError: z.string().nullable() }))
        .describe('Targets that are silent, with how long'),
      stale: z
        .array(z.object({ device: z.string(), silentMs: z.number() }))
        .describe('Devices whose newest sample is too old although their target is not silent, oldest first'),
      fresh: z.number().describe('Devices with a sample that is new enough to speak of now'),
      collectorsQuietMs: z.number().nullable().describe('How long no collector has said a word; null = they speak'),
      ports: z.number(),
      tellingPorts: z
        .number()
        .describe('Ports that tell pause or credit waits: others can be neither blamed nor cleared'),
      newestSampleMs: nullableMs,
    }),
  })
  .meta({ id: 'OverviewView' });

/** GET /api/v1/intake */
export const intakeViewSchema = z
  .object({
    config: z
      .object({ atMs: timeMsSchema, ok: z.boolean(), message: z.string() })
      .nullable()
      .describe('The last time the configuration was read again; null = not since the start'),
    refusals: z
      .array(
        z.object({
          door: z.string().describe('Which way the records came'),
          records: z.number().int().positive().describe('Refused since the start'),
          lastMs: timeMsSchema,
          lastDetail: z.string(),
        }),
      )
      .describe('Pushed records that were not taken, newest first'),
  })
  .meta({ id: 'Intake' });

/** GET /api/v1/strip */
export const stripSchema = z
  .object({
    endsMs: z.array(timeMsSchema).describe('End of every column, oldest first'),
    devices: z.array(
      z.object({
        device: z.string(),
        role: deviceRoleSchema,
        blocked: z
          .array(z.number().nullable())
          .describe('Blocked share of the worst port, 0..1, by column; null = no data'),
        bounded: z.boolean().describe('Some of its shares are only upper bounds: pause counted in frames'),
      }),
    ),
  })
  .meta({ id: 'Strip' });

/** GET /api/v1/topology */
export const topologyViewSchema = z
  .object({
    devices: z.array(deviceInfoSchema),
    links: z.array(linkSchema),
    jobs: z.array(jobPlacementSchema),
  })
  .meta({ id: 'TopologyView' });

/** GET /api/v1/jobs/{job} */
export const jobDetailSchema = jobSummarySchema
  .extend({
    placement: jobPlacementSchema.nullable(),
    ports: z.array(portRefSchema),
    incidents: z.array(incidentSchema),
    lostGpuSeconds: z
      .number()
      .nullable()
      .describe('Lost seconds x GPUs; null where the number of GPUs is unknown')
      .exactOptional(),
    lostToNetworkGpuSeconds: z.number().nullable().exactOptional(),
  })
  .meta({ id: 'JobDetail' });

/** GET /api/v1/jobs/{job}/ranks */
export const rankMapSchema = z
  .object({
    basis: z
      .enum(['compute', 'duration'])
      .nullable()
      .describe('What is compared between ranks: their computing, or their step time; null = no rank reports'),
    steps: z.array(
      z.object({
        step: z.number().int(),
        startMs: timeMsSchema,
        endMs: timeMsSchema,
        slow: z.boolean().nullable().describe('null = not judged yet'),
      }),
    ),
    ranks: z.array(
      z.object({
        rank: z.number().int(),
        host: z.string().exactOptional(),
        latenessSeconds: z.array(z.number().nullable()).describe('By step; beyond the median rank; null = no report'),
      }),
    ),
    allRanks: z.number().int().describe('Ranks that report; of more than 256 the latest are shown'),
    unreported: z.array(z.number().int()).describe('Ranks whose report of the newest step is still missing'),
  })
  .meta({ id: 'RankMap' });

/** GET /api/v1/jobs/{job}/steps/{n}/explain */
export const stepExplanationSchema = z
  .object({
    verdict: stepVerdictSchema,
    incidents: z.array(incidentSchema),
    ranks: z
      .array(
        z.object({
          rank: z.number().int(),
          host: z.string().exactOptional(),
          durationSeconds: z.number(),
          computeSeconds: z.number().exactOptional(),
        }),
      )
      .describe('Per-rank times of this step, where ranks report'),
    waits: z
      .array(
        z.object({
          commId: z.string(),
          rank: z.number().int().describe('Within the communicator'),
          host: z.string().exactOptional(),
          last: z.number().int().describe('Collectives it came to last'),
          of: z.number().int(),
          waitedSeconds: z.number(),
        }),
      )
      .describe('For whom ranks waited in collectives, the worst first, where collectives are told with their times')
      .exactOptional(),
    parts: z
      .array(
        z.object({
          name: z.string(),
          minMs: z.number(),
          maxMs: z.number(),
          usualGapMs: z.number().exactOptional().describe('What the ranks usually differ by'),
          lateRank: z.number().int().exactOptional().describe('The rank the others waited for, where the log tells it'),
          minRank: z.number().int().exactOptional(),
          maxRank: z.number().int().exactOptional(),
          waits: z.boolean().describe('True where this part waits for other ranks'),
          averagedOver: z.number().int(),
        }),
      )
      .describe("Where the ranks differed most by the job's own log; a hint, no proof")
      .exactOptional(),
    collectives: z
      .object({
        operations: z.number().int(),
        missing: z
          .number()
          .int()
          .describe(
            'Operations whose numbers a rank skipped: lost before they were written, or too small to be recorded',
          ),
        longest: z.array(
          z.object({
            collectiveKind: z.string(),
            messageBytes: z.number(),
            execTimeUs: z.number(),
            busGBPerSec: z.number().nullable().exactOptional(),
            rank: z.number().int().exactOptional(),
            host: z.string().exactOptional(),
          }),
        ),
      })
      .describe('Collective operations within the step whose own times are known, and the longest of them')
      .exactOptional(),
    neighbours: z.object({ previousSlow: z.number().nullable(), nextSlow: z.number().nullable() }),
    lostGpuSeconds: z
      .number()
      .nullable()
      .describe('Excess x GPUs; null where the number of GPUs is unknown')
      .exactOptional(),
    text: z.string().describe('The same as plain text, ready to paste into a ticket'),
  })
  .meta({ id: 'StepExplanation' });

/** One attempt to tell a receiver. GET /api/v1/alerts/deliveries */
export const deliverySchema = z
  .object({
    id: z.string(),
    receiver: z.string(),
    kind: z.string(),
    event: z.enum(['alert.firing', 'alert.resolved', 'test']),
    incident: z.string().nullable(),
    summary: z.string(),
    createdMs: timeMsSchema,
    attempts: z.number().int(),
    lastAttemptMs: nullableMs,
    nextAttemptMs: nullableMs,
    state: z.enum(['pending', 'delivered', 'rejected', 'expired']),
    lastReason: z.string().nullable().describe('From a closed set (http_4xx, timeout, ...), never a URL or a body'),
    lastStatus: z.number().int().nullable(),
  })
  .meta({ id: 'Delivery' });
