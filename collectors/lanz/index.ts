import { lazySource } from '../../lib/collect/lazy-source.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { lanzConfigSchema } from './config.ts';

/** Congestion of single queues, as Arista switches stream it. */
export const lanzPlugin: CollectorPlugin<typeof lanzConfigSchema> = {
  name: 'lanz',
  configSchema: lanzConfigSchema,
  create: (config, context) =>
    lazySource(async () => {
      const { LanzSource } = await import('./source.ts');
      return new LanzSource(config, context);
    }),
};
