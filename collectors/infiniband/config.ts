import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';

/** One `targets:` entry with `collector: infiniband`: a whole fabric, seen from one adapter of this machine. */
export const infinibandConfigSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the fabric, for its health; devices are named by the fabric itself'),
  collector: z.literal('infiniband').default('infiniband'),
  ca: z
    .string()
    .regex(/^[A-Za-z0-9_]+$/, 'is not the name of an adapter')
    .optional()
    .describe('Adapter to ask through, as `ibstat -l` lists them; default: the first active one'),
  caPort: z.int().min(1).max(255).optional().describe('Port of that adapter'),
  interval: durationMs.prefault('5s').describe('How often busy ports are read'),
  coldEvery: z
    .int()
    .min(1)
    // Findings of a port end as lost after ten intervals of its device without a sample.
    .max(8)
    .default(6)
    .describe('Quiet ports are read in every so-manieth sweep, and at once when they wait or have errors'),
  topologyInterval: durationMs.prefault('5m').describe('How often nodes and cables are looked for'),
  timeout: durationMs.prefault('10s').describe('How long one command may take'),
  topologyTimeout: durationMs.prefault('2m').describe('How long looking for nodes and cables may take'),
  parallel: z.int().min(1).max(32).default(4).describe('Commands that run at once'),
  hotUtilisation: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('A port is busy from this share of its rate on, or when it waits for credits'),
  hosts: z
    .boolean()
    .default(false)
    .describe("Read adapters' ports too; where a host collector runs they are read there"),
  names: z
    .record(z.string().regex(/^0x[0-9a-fA-F]{1,16}$/, 'is not a GUID such as 0x98039b0300aa1100'), z.string().min(1))
    .default({})
    .describe('GUID -> device name, for nodes whose description is not theirs'),
  toolsDirectory: z.string().min(1).optional().describe('Where ibnetdiscover and perfquery are; default: PATH'),
});

export type InfinibandConfig = z.output<typeof infinibandConfigSchema>;
