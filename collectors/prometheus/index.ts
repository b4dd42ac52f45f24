import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { prometheusConfigSchema } from './config.ts';
import { PrometheusSource } from './source.ts';

/** Pages of Prometheus exporters. */
export const prometheusPlugin: CollectorPlugin<typeof prometheusConfigSchema> = {
  name: 'prometheus',
  configSchema: prometheusConfigSchema,
  create: (config, context) => new PrometheusSource(config, context),
};
