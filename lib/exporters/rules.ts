import type { MetricRule, RuleOptions } from './rule.ts';
import { dcgmRules } from './rules/dcgm.ts';
import { infinibandRules } from './rules/infiniband.ts';
import { nodeRules } from './rules/node.ts';
import { sonicRules } from './rules/sonic.ts';

/** Metrics that are understood but are no port's counter: why they are not used. */
export const NOT_PORTS: ReadonlyMap<string, string> = new Map([
  ['DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 'its unit differs between drivers'],
  ['DCGM_FI_DEV_NVLINK_THROUGHPUT_TOTAL', 'its unit differs between drivers'],
  [
    'DCGM_FI_PROF_NVLINK_TX_BYTES',
    'a rate of the moment, no total: export DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES (NVLink 5)',
  ],
  [
    'DCGM_FI_PROF_NVLINK_RX_BYTES',
    'a rate of the moment, no total: export DCGM_FI_DEV_NVLINK_COUNT_RX_BYTES (NVLink 5)',
  ],
]);

/** All tables by metric name; a name may serve several counters. */
export function ruleTable(options: RuleOptions): ReadonlyMap<string, readonly MetricRule[]> {
  const table = new Map<string, MetricRule[]>();
  for (const rule of [...nodeRules(), ...dcgmRules(), ...infinibandRules(options), ...sonicRules()]) {
    const known = table.get(rule.metric);
    if (known === undefined) table.set(rule.metric, [rule]);
    else known.push(rule);
  }
  return table;
}
