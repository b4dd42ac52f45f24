import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { mlflowConfigSchema } from './config.ts';
import { MlflowSource } from './source.ts';

/** Steps of a training job, from a metric it logs to an MLflow tracking server. */
export const mlflowPlugin: CollectorPlugin<typeof mlflowConfigSchema> = {
  name: 'mlflow',
  configSchema: mlflowConfigSchema,
  create: (config, context) => new MlflowSource(config, context),
};
