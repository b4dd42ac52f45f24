import { lazySource } from '../../lib/collect/lazy-source.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { infinibandConfigSchema } from './config.ts';

/** An InfiniBand fabric, by the commands of infiniband-diags. */
export const infinibandPlugin: CollectorPlugin<typeof infinibandConfigSchema> = {
  name: 'infiniband',
  configSchema: infinibandConfigSchema,
  create: (config, context) =>
    lazySource(async () => {
      const { InfinibandSource } = await import('./source.ts');
      return new InfinibandSource(config, context);
    }),
};
