import { z } from 'zod';
import { httpAuthProfile } from '../../lib/config/auths.ts';
import { durationMs } from '../../lib/duration.ts';
import { DEVICE_ROLES } from '../../lib/topology/types.ts';

const pattern = z.string().refine(isPattern, { message: 'not a regular expression' });
/** An address to ask; credentials in it would be shown. */
export const httpUrl = z
  .string()
  .refine((text) => /^https?:$/.test(protocolOf(text)), { message: 'is not an http:// or https:// URL' })
  .refine((text) => !hasCredentials(text), { message: 'must not hold credentials: use auth' });

/** How to meet a server over TLS. */
export const tlsSchema = z
  .strictObject({
    caFile: z.string().min(1).optional().describe('PEM file of the authority; without it those of Node are trusted'),
    certFile: z.string().min(1).optional().describe('PEM file of our certificate, where the exporter wants one'),
    keyFile: z.string().min(1).optional().describe('PEM file of its private key'),
    serverName: z.string().min(1).optional().describe("Name in the exporter's certificate, where the url has another"),
    insecureSkipVerify: z.boolean().default(false).describe('Accept any certificate: anyone in between can read along'),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    path: ['certFile'],
    message: 'certFile and keyFile belong together',
  });
export type TlsConfig = z.output<typeof tlsSchema>;

/** One `targets:` entry with `collector: prometheus`, after the name of its auth profile has been replaced by the profile. */
export const prometheusConfigSchema = z
  .strictObject({
    name: z.string().min(1).describe('Name of the target; device name of series that name none'),
    collector: z.literal('prometheus').default('prometheus'),
    url: httpUrl.optional().describe('Page to read: http://gpu07:9100/metrics'),
    address: z
      .string()
      .regex(/^(?:[^\s/:@?#]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/, 'is not host or host:port')
      .optional()
      .describe('host:port, short for http://host:port/metrics'),
    discover: z
      .strictObject({
        files: z.array(z.string().min(1)).default([]).describe('Files in file_sd form, JSON or YAML'),
        urls: z.array(httpUrl).default([]).describe('Addresses that answer in http_sd form'),
        refresh: durationMs.prefault('30s').describe('How often the lists are read again'),
      })
      .optional()
      .describe('Many exporters at once: lists of targets as Prometheus reads them'),
    interval: durationMs.prefault('5s').describe('How often the page is read'),
    timeout: durationMs.optional().describe('How long a page may take; default: the interval, 10s at most'),
    device: z.string().min(1).optional().describe('Device name, where it is not the name of the target'),
    deviceLabel: z.string().min(1).optional().describe('Label that names the device, on pages that hold several'),
    job: z
      .string()
      .min(1)
      .optional()
      .describe('Job of the NCCL operations on the page; default: the Slurm job number it names'),
    role: z.enum(DEVICE_ROLES).optional().describe('Role of the device'),
    auth: httpAuthProfile.optional().describe('Name of an auth profile with username and password, or a token'),
    tls: tlsSchema.prefault({}),
    maxBodyBytes: z
      .int()
      .min(1024)
      .max(256 * 1024 * 1024)
      .default(16 * 1024 * 1024)
      .describe('Largest page, unpacked'),
    ufmDataUnit: z
      .enum(['words', 'bytes'])
      .default('words')
      .describe("Unit of UFM's PortXmitDataExtended; compare with the link rate"),
    names: z
      .record(
        z.string().regex(/^(?:0x)?[0-9a-fA-F]{1,16}$/, 'is not a GUID such as 0x98039b0300aa1100'),
        z.string().min(1),
      )
      .default({})
      .describe('GUID -> node description, for InfiniBand nodes that the page names by GUID only'),
    ports: z
      .strictObject({
        include: z.array(pattern).default([]).describe('Regular expressions; only matching ports are read'),
        exclude: z.array(pattern).default([]).describe('Regular expressions; a match is never read'),
        alias: z
          .record(z.string(), z.string())
          .default({})
          .describe('Interface name -> port it belongs to: {eth2: mlx5_0}'),
      })
      .prefault({}),
  })
  .superRefine((target, ctx) => {
    const ways = [target.url, target.address, target.discover].filter((way) => way !== undefined);
    if (ways.length === 1) return;
    const message =
      ways.length === 0 ? 'is required: url, address or discover' : 'is one too many: url, address or discover';
    ctx.addIssue({ code: 'custom', path: ['url'], message });
  });

export type PrometheusConfig = z.output<typeof prometheusConfigSchema>;

const LONGEST_TIMEOUT_MS = 10_000;

/** How long one page may take, ms. */
export function timeoutOf({ timeout, interval }: PrometheusConfig): number {
  return timeout ?? Math.min(interval, LONGEST_TIMEOUT_MS);
}

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username !== '' || url.password !== '';
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
