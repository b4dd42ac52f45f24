import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { snmpConfigSchema } from './config.ts';
import { SnmpSource } from './source.ts';

/** Switches and routers over SNMP. */
export const snmpPlugin: CollectorPlugin<typeof snmpConfigSchema> = {
  name: 'snmp',
  configSchema: snmpConfigSchema,
  create: (config, context) => new SnmpSource(config, context),
};
