import { lazySource } from '../../lib/collect/lazy-source.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { trainingConfigSchema } from './config.ts';

/** Steps of training jobs, from their logs. */
export const trainingPlugin: CollectorPlugin<typeof trainingConfigSchema> = {
  name: 'training',
  configSchema: trainingConfigSchema,
  create: (config, context) =>
    lazySource(async () => {
      const { TrainingSource } = await import('./source.ts');
      return new TrainingSource(config, context);
    }),
};
