import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';
import { schedulerSettings } from '../scheduler/settings.ts';
import { timeZone } from '../training/config.ts';

/** One `targets:` entry with `collector: slurm`. */
export const slurmConfigSchema = z.strictObject({
  name: z.string().min(1).default('slurm'),
  collector: z.literal('slurm').default('slurm'),
  command: z
    .array(z.string().min(1))
    .min(1)
    .default(['squeue', '--json'])
    .describe('What prints the jobs; run without a shell. Where squeue has no JSON, its columns are asked for instead'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe('Read this file, which somebody else writes, instead of running a command'),
  timeout: durationMs.prefault('20s').describe('How long the command may take'),
  tz: timeZone.default('UTC').describe('Time zone of start times, where squeue prints columns'),
  partitions: z.array(z.string().min(1)).optional().describe('Only jobs of these partitions'),
  ...schedulerSettings,
});
export type SlurmConfig = z.output<typeof slurmConfigSchema>;
