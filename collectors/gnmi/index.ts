import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { gnmiConfigSchema } from './config.ts';
import { GnmiSource } from './source.ts';

/** Switches over gNMI: values come as a stream, without being asked for each time. */
export const gnmiPlugin: CollectorPlugin<typeof gnmiConfigSchema> = {
  name: 'gnmi',
  configSchema: gnmiConfigSchema,
  create: (config, context) => new GnmiSource(config, context),
};
