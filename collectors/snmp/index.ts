import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { snmpConfigSchema } from './config.ts';
import { SnmpListSource } from './list-source.ts';
import { SnmpSource } from './source.ts';

/** Switches and routers over SNMP. */
export const snmpPlugin: CollectorPlugin<typeof snmpConfigSchema> = {
  name: 'snmp',
  configSchema: snmpConfigSchema,
  create: (config, context) => {
    const { discover, address = '', ...settings } = config;
    if (discover !== undefined) return new SnmpListSource({ ...config, discover }, context);
    return new SnmpSource({ ...settings, address }, context);
  },
};
