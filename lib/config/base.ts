import { z } from 'zod';
import { receiverSchema } from '../alerts/config.ts';
import { storeSchema } from '../store/config.ts';
import { authsSchema } from './auths.ts';
import { jobSchema } from './jobs.ts';
import { linkSchema } from './links.ts';
import { pushedSchema } from './pushed.ts';
import { collectorSchema, retentionSchema, serverSchema } from './server.ts';

/** A device whose role LLDP and names do not tell. */
const deviceSchema = z.strictObject({
  device: z.string().min(1),
  role: z.enum(['host', 'leaf', 'spine', 'core', 'switch']),
});

/**
 * Every key of stallscope.yaml that is no plugin's. `targets` and `training` hold entries of collector plugins; their
 * union is built in collectors/config.ts, because lib does not know the plugins.
 */
export const baseShape = {
  auths: authsSchema.default({}).describe('Credentials by name; targets refer to them by `auth`'),
  links: z.array(linkSchema).default([]).describe('Cables beside what LLDP tells'),
  devices: z.array(deviceSchema).default([]).describe('Roles of devices that nothing else tells'),
  jobs: z.array(jobSchema).default([]).describe('Training jobs and where they run'),
  pushed: pushedSchema.describe('What measurements that programs push mean'),
  store: storeSchema.describe('Where samples are kept'),
  receivers: z.array(receiverSchema).default([]).describe('Who is told'),
  server: serverSchema.describe('The HTTP server of the monitor'),
  collector: collectorSchema.describe('The collector process'),
  retention: retentionSchema.describe('How long data is kept'),
} as const;

const baseObject = z.object(baseShape);
/** What a monitor needs to know: everything but the targets. */
export type BaseConfig = z.output<typeof baseObject>;

/** The settings of an empty file. */
export function defaultBaseConfig(): BaseConfig {
  return baseObject.parse({});
}
