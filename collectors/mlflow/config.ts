import { z } from 'zod';
import { httpAuthProfile } from '../../lib/config/auths.ts';
import { durationMs } from '../../lib/duration.ts';
import { httpUrl, tlsSchema } from '../prometheus/config.ts';

/** One `training:` (or `targets:`) entry with `collector: mlflow`, its auth profile already in place of its name. */
export const mlflowConfigSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe('How pages call it; default: the url. Needed for a second run of a server'),
  collector: z.literal('mlflow').default('mlflow'),
  url: httpUrl.describe('Tracking server: http://mlflow:5000'),
  run: z
    .string()
    .regex(/^[\w-]{1,256}$/, 'is no id of a run: 32 hexadecimal digits')
    .describe("Id of the run, as its page's address ends"),
  metric: z.string().min(1).max(250).describe('A metric that is logged once a step: train/loss'),
  stepTimeUnit: z
    .enum(['s', 'ms'])
    .optional()
    .describe('The metric is itself the time of a step, in this unit; default: the distance of two values in time is'),
  job: z.string().min(1).describe('The job whose steps these are'),
  host: z.string().min(1).optional().describe('The host that logs the metric'),
  rank: z.int().min(0).optional().describe('The rank that logs the metric'),
  auth: httpAuthProfile.optional().describe('Name of an auth profile with username and password, or a token'),
  tls: tlsSchema.prefault({}),
  interval: durationMs.prefault('10s').describe('How often the server is asked for new values'),
  timeout: durationMs.prefault('10s').describe('How long an answer may take'),
});
export type MlflowConfig = z.output<typeof mlflowConfigSchema>;
