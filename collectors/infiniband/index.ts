import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { infinibandConfigSchema } from './config.ts';
import { InfinibandSource } from './source.ts';

/** An InfiniBand fabric, by the commands of infiniband-diags. */
export const infinibandPlugin: CollectorPlugin<typeof infinibandConfigSchema> = {
  name: 'infiniband',
  configSchema: infinibandConfigSchema,
  create: (config, context) => new InfinibandSource(config, context),
};
