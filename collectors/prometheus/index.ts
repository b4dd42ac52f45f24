import { lazySource } from '../../lib/collect/lazy-source.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { prometheusConfigSchema } from './config.ts';

/** Pages of Prometheus exporters. */
export const prometheusPlugin: CollectorPlugin<typeof prometheusConfigSchema> = {
  name: 'prometheus',
  configSchema: prometheusConfigSchema,
  create: (config, context) =>
    lazySource(async () => {
      const { PrometheusSource } = await import('./source.ts');
      return new PrometheusSource(config, context);
    }),
};
