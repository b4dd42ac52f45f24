import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { trainingConfigSchema } from './config.ts';
import { TrainingSource } from './source.ts';

/** Steps of training jobs, from their logs. */
export const trainingPlugin: CollectorPlugin<typeof trainingConfigSchema> = {
  name: 'training',
  configSchema: trainingConfigSchema,
  create: (config, context) => new TrainingSource(config, context),
};
