import { z } from 'zod';
import { httpAuthProfile } from '../../lib/config/auths.ts';
import { durationMs } from '../../lib/duration.ts';
import { timeZone } from '../training/config.ts';

const NAME_PARTS = /\{(?:id|name|user|group)\}/;

const common = {
  interval: durationMs.prefault('30s').describe('How often the list of jobs is read'),
  jobName: z
    .string()
    .regex(NAME_PARTS, 'holds none of {id}, {name}, {user} and {group}')
    .default('{name}')
    .describe('Name of a job here, as its steps are reported under; {group} is the partition or namespace'),
};

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
  ...common,
});
export type SlurmConfig = z.output<typeof slurmConfigSchema>;

/** One `targets:` entry with `collector: kubernetes`. */
export const kubernetesConfigSchema = z.strictObject({
  name: z.string().min(1).default('kubernetes'),
  collector: z.literal('kubernetes').default('kubernetes'),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .describe('API server; default: the one of the pod this runs in'),
  auth: httpAuthProfile.optional().describe('Name of an auth profile with a token; default: the service account'),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file of the API server's authority; default: the service account's"),
  serviceAccountDirectory: z
    .string()
    .min(1)
    .default('/var/run/secrets/kubernetes.io/serviceaccount')
    .describe('Holds token and ca.crt, read at every look: Kubernetes replaces them'),
  file: z.string().min(1).optional().describe('Read the output of kubectl get pods -o json from this file instead'),
  namespaces: z
    .array(z.string().regex(/^[a-z0-9-]{1,63}$/))
    .optional()
    .describe('Only these; default: all'),
  labelSelector: z.string().min(1).max(1024).optional().describe('Only pods with these labels'),
  timeout: durationMs.prefault('20s').describe('How long the API server may take'),
  ...common,
});
export type KubernetesConfig = z.output<typeof kubernetesConfigSchema>;
