import { lazySource } from '../../lib/collect/lazy-source.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { gnmiConfigSchema } from './config.ts';

/** Switches over gNMI: values come as a stream, without being asked for each time. */
export const gnmiPlugin: CollectorPlugin<typeof gnmiConfigSchema> = {
  name: 'gnmi',
  configSchema: gnmiConfigSchema,
  create: (config, context) =>
    lazySource(async () => {
      const { GnmiSource } = await import('./source.ts');
      return new GnmiSource(config, context);
    }),
};
