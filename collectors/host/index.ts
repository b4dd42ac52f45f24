import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { hostConfigSchema } from './config.ts';
import { HostSource } from './source.ts';

/** NICs of a Linux host, from sysfs and ethtool. */
export const hostPlugin: CollectorPlugin<typeof hostConfigSchema> = {
  name: 'host',
  configSchema: hostConfigSchema,
  create: (config, context) => new HostSource(config, context),
};
