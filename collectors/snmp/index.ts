import { lazySource } from '../../lib/collect/lazy-source.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { snmpConfigSchema } from './config.ts';

/** Switches and routers over SNMP. */
export const snmpPlugin: CollectorPlugin<typeof snmpConfigSchema> = {
  name: 'snmp',
  configSchema: snmpConfigSchema,
  create: (config, context) =>
    lazySource(async () => {
      const { discover, address = '', ...settings } = config;
      if (discover !== undefined) {
        const { SnmpListSource } = await import('./list-source.ts');
        return new SnmpListSource({ ...config, discover }, context);
      }
      const { SnmpSource } = await import('./source.ts');
      return new SnmpSource({ ...settings, address }, context);
    }),
};
