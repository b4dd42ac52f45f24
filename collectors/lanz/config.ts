import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';

/** @source Arista EOS, `queue-monitor streaming`; influxdata/telegraf plugins/inputs/lanz */
const DEFAULT_PORT = 50_001;

/** One `targets:` entry with `collector: lanz`. */
export const lanzConfigSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the target'),
  collector: z.literal('lanz').default('lanz'),
  address: z
    .string()
    .min(1)
    .refine((address) => endpointOf(address) !== null, { message: 'is not host, host:port or [IPv6]:port' })
    .describe('host, host:port or [IPv6]:port; port 50001 where none is written'),
  device: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('The switch as its other target names it, which reads its counters; default: the name of this one'),
  interval: durationMs
    .refine((ms) => ms >= 10, { message: 'must be at least 10ms' })
    .prefault('1s')
    .describe('How often what was told is handed on; the switch tells it at once'),
  timeout: durationMs.prefault('10s').describe('How long connecting, or one record, may take'),
  segmentBytes: z
    .int()
    .positive()
    .max(1_048_576)
    .optional()
    .describe("Size of a segment of the switch's memory, where it does not tell that itself"),
});

export type LanzConfig = z.output<typeof lanzConfigSchema>;

/** "leaf1" to leaf1, 50001; null where it is no address. */
export function endpointOf(address: string): { host: string; port: number } | null {
  const [, host, , port] = /^(\[[0-9a-f:.]+\]|[^:[\]\s/@]+)(:(\d{1,5}))?$/i.exec(address) ?? [];
  const number = Number(port ?? DEFAULT_PORT);
  if (host === undefined || number < 1 || number > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port: number };
}
