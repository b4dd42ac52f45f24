import { z } from 'zod';
import { httpAuthProfile } from '../../lib/config/auths.ts';
import { durationMs } from '../../lib/duration.ts';
import { schedulerSettings } from '../scheduler/settings.ts';

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
  ...schedulerSettings,
});
export type KubernetesConfig = z.output<typeof kubernetesConfigSchema>;
