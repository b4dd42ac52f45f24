import { hostname } from 'node:os';
import { z } from 'zod';
import { schedulerSettings } from '../scheduler/settings.ts';

/** One `targets:` entry with `collector: dcgm-jobs`. */
export const dcgmJobsConfigSchema = z.strictObject({
  name: z.string().min(1).default('dcgm-jobs'),
  collector: z.literal('dcgm-jobs').default('dcgm-jobs'),
  directory: z
    .string()
    .min(1)
    .describe("The directory that dcgm-exporter reads as well: one file a GPU, in it the jobs' ids, one a line"),
  host: z
    .string()
    .min(1)
    .max(256)
    .default(hostname)
    .describe('The host whose GPUs these are, named like its device; default: the name of this machine'),
  ...schedulerSettings,
});
export type DcgmJobsConfig = z.output<typeof dcgmJobsConfigSchema>;
