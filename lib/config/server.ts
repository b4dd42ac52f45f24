import { isIP } from 'node:net';
import { z } from 'zod';
import { durationMs } from '../duration.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** What a token may do: read pages and API, push data, reload and test receivers. */
export const TOKEN_SCOPES = ['read', 'ingest', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** The monitor's HTTP server. The port is `--port` or the environment's PORT (3000). */
export const serverSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on; 0.0.0.0 lets other machines in (set tokens then)'),
    baseUrl: httpUrl.optional().describe('How people reach the dashboard; used for the links in alerts'),
    tokens: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          token: z.string().min(16, 'must have at least 16 characters').describe('A secret'),
          scopes: z.array(z.enum(TOKEN_SCOPES)).min(1).default(['read']),
        }),
      )
      .default([])
      .describe('Without any, everyone who reaches the port may do everything'),
  })
  .prefault({});
export type ServerConfig = z.output<typeof serverSchema>;

/** "0.0.0.0:9162" or "[::]:9162". */
const listenAddress = z.string().transform((text, ctx) => {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? v4 ?? '';
  if (isIP(host) === (v6 === undefined ? 4 : 6) && Number(port) > 0 && Number(port) < 65_536) {
    return { host, port: Number(port) };
  }
  ctx.addIssue({ code: 'custom', message: 'is not address:port, such as 0.0.0.0:9162 or [::]:9162' });
  return z.NEVER;
});

/** What a collector process needs beside its targets. */
export const collectorSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('How it signs its data; default: the host name'),
    monitorUrl: httpUrl.optional().describe('Where the monitor is; default: http://127.0.0.1:PORT'),
    token: z.string().min(1).optional().describe('A token of the monitor with scope ingest; a secret'),
    spoolMegabytes: z
      .number()
      .positive()
      .default(512)
      .describe('Most that may wait on disk while the monitor is away; the oldest goes first'),
    traps: z
      .strictObject({
        listen: listenAddress.describe('Address and UDP port; below 1024 needs CAP_NET_BIND_SERVICE'),
      })
      .optional()
      .describe('Receives SNMP traps and informs: their sender is polled at once; off without it'),
  })
  .prefault({});
export type CollectorConfig = z.output<typeof collectorSchema>;

/** How long data is kept. */
export const retentionSchema = z
  .strictObject({
    samples: durationMs.prefault('14d').describe('Counters and what was computed from them (embedded store)'),
    documents: durationMs.prefault('90d').describe('Incidents, steps and verdicts'),
    collectives: durationMs.prefault('3d').describe('Collective operations as ranks saw them'),
    collectivesGiB: z
      .number()
      .positive()
      .default(20)
      .describe('Disk for collectives: beyond it the oldest hours go first; the newest hour stays'),
  })
  .prefault({})
  .transform(({ samples, documents, collectives, collectivesGiB }) => ({
    samplesMs: samples,
    documentsMs: documents,
    collectivesMs: collectives,
    collectivesBytes: collectivesGiB * 2 ** 30,
  }));
export type RetentionConfig = z.output<typeof retentionSchema>;
