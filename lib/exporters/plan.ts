import { NCCL_METRICS } from '../training/nccl-labels.ts';
import { type CollectiveSeries, readCollectiveSeries } from './collectives.ts';
import type { MetricRule } from './rule.ts';
import { type DeviceName, namesDevices, readDeviceName } from './rules/infiniband.ts';
import { NOT_PORTS } from './rules.ts';

/** One series as its exporter or whoever passes it on names it. */
export interface SeriesName {
  name: string;
  labels: ReadonlyMap<string, string>;
}

/** A series of the page that is of use, and what for. */
export interface PlannedSeries {
  key: string;
  /** True for totals that must keep all 64 bits. */
  isCounter: boolean;
  uses: { rule: MetricRule; device: string; port: string; priority: number }[];
  /** Where it is no port's but tells of collective operations. */
  collective?: CollectiveSeries;
  /** Where it is no port's but names a device that others only give the GUID of. */
  names?: DeviceName;
}

export interface PlanOptions {
  /** Device of series that name none. */
  device: string;
  /** Label that names the device, on pages that hold several (a federation). */
  deviceLabel?: string | undefined;
  rules: ReadonlyMap<string, readonly MetricRule[]>;
  include: readonly RegExp[];
  exclude: readonly RegExp[];
  /** Interface name -> port it belongs to, for pages that do not tell. */
  alias: Readonly<Record<string, string>>;
  /** GUID -> device, for series that give the GUID only. */
  names?: ReadonlyMap<string, Omit<DeviceName, 'guid'>> | undefined;
  /** Job of collectives. */
  job?: string | undefined;
}

/**
 * What a page of node_exporter shows beside NICs: nothing that has a cable; and the front ports of a SONiC switch, of
 * which the kernel only counts what goes to the switch's own CPU.
 */
const VIRTUAL =
  /^(?:lo\d*$|Ethernet\d|veth|docker|br-|br\d|virbr|cali|cilium|cni|flannel|vxlan|tunl|tun|tap|dummy|bond|team|ovs|kube|nodelocal|wg|ifb|sit|ip6tnl|gre|ipvl|macv|vlan|vnet|lxc)|[.@:]/;

/**
 * Finds what a series is to us; no uses: nothing of ours.
 * @param key how it is told apart from the others
 */
export function planSeries(
  key: string,
  series: SeriesName,
  options: PlanOptions,
  unused: (why: string) => void,
): PlannedSeries {
  const planned: PlannedSeries = { key, isCounter: false, uses: [] };
  const collective = readCollectiveSeries(series.name, series.labels, options.job);
  if (collective !== undefined) planned.collective = collective;
  const names = readDeviceName(series.name, series.labels);
  if (names !== undefined) planned.names = names;
  const why = NOT_PORTS.get(series.name);
  if (why !== undefined) unused(`${series.name}: ${why}`);
  for (const rule of rulesOf(series.name, options.rules)) {
    const found = rule.port(series.labels);
    if (found === undefined) continue;
    const alias = Object.hasOwn(options.alias, found.port) ? options.alias[found.port] : undefined;
    const port = alias === undefined ? found.port : longName(alias);
    if (!isWanted(port, found.port, rule, options)) continue;
    const label = options.deviceLabel === undefined ? undefined : series.labels.get(options.deviceLabel);
    const device = found.device ?? label ?? options.device;
    if (port === '' || device === '' || Math.max(port.length, device.length) > LONGEST_NAME) continue;
    const use = named({ device, port }, options.names?.get(device));
    planned.uses.push({ rule, ...use, priority: found.priority ?? rule.priority ?? -1 });
    planned.isCounter ||= 'counter' in rule.to;
  }
  return planned;
}

/** True where series of this metric may be of use. */
export function isKnownMetric(name: string, rules: PlanOptions['rules']): boolean {
  return rulesOf(name, rules).length > 0 || NCCL_METRICS.has(name) || namesDevices(name);
}

/** The same counter is written with and without `_total`, by version of the exporter and format of the page. */
function rulesOf(name: string, rules: PlanOptions['rules']): readonly MetricRule[] {
  const other = name.endsWith('_total') ? name.slice(0, -'_total'.length) : `${name}_total`;
  // Where a page has both, they are one counter and not a sum.
  const borrowed = rules.get(other)?.filter(({ to }) => 'counter' in to) ?? [];
  return rules.get(name) ?? borrowed.map((rule) => ({ ...rule, rank: rule.rank + 0.5 }));
}

function isWanted(port: string, own: string, rule: MetricRule, { include, exclude }: PlanOptions): boolean {
  if (exclude.some((pattern) => pattern.test(port) || pattern.test(own))) return false;
  if (include.length > 0) return include.some((pattern) => pattern.test(port) || pattern.test(own));
  return rule.family !== 'node_exporter' || !VIRTUAL.test(own);
}

/** Names are kept for good: what a page calls a port is bounded. */
const LONGEST_NAME = 256;

/** The names that a node goes by, where they are known for its GUID. */
export function named(
  { device, port }: { device: string; port: string },
  name: Omit<DeviceName, 'guid'> | undefined,
): { device: string; port: string } {
  if (name === undefined) return { device, port };
  return { device: name.device, port: name.card === undefined ? port : `${name.card}/${port}` };
}

/** A card without a port number means its first port. */
function longName(alias: string): string {
  return /\/\d+$/.test(alias) ? alias : `${alias}/1`;
}

/** True where a series tells something that is used here. */
export function isUseful({ uses, collective, names }: PlannedSeries): boolean {
  return uses.length > 0 || collective !== undefined || names !== undefined;
}
