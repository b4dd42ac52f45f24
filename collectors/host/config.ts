import { hostname } from 'node:os';
import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';

/** One `targets:` entry with `collector: host`. */
export const hostConfigSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .default(() => hostname())
    .describe("Device name; default: this machine's host name"),
  collector: z.literal('host').default('host'),
  interval: durationMs.prefault('1s').describe('How often the counters are read'),
  root: z.string().min(1).default('/sys').describe('Where the tree is; a recorded tree has the same layout'),
  interfaces: z
    .array(z.string().min(1))
    .optional()
    .describe('Names of interfaces or RDMA devices, * stands for anything; default: every physical port'),
  ethtool: z.boolean().default(true).describe('Read driver statistics (ethtool -S), where pause times are'),
  optics: durationMs.prefault('60s').describe('How often transceivers are read (ethtool -m); 0s is never'),
});
export type HostConfig = z.output<typeof hostConfigSchema>;
