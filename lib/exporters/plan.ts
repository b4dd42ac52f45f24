import type { CounterName, GaugeName } from '../counters/reading.ts';
import { NCCL_METRICS } from '../training/nccl-labels.ts';
import { type CollectiveSeries, readCollectiveSeries } from './collectives.ts';
import { type DeviceName, namesDevices, readDeviceName } from './rules/infiniband.ts';
import { type MetricRule, NOT_PORTS, type StateName, type Unit } from './rules.ts';

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

/** One counter of one port: the sum of these slots. */
export interface CounterEntry {
  port: number;
  slots: number[];
  unit: Unit;
  stopsAt: number | undefined;
  /** A zero is no value: nobody counts this there. */
  zeroIsNone: boolean;
}

export interface ColumnPlan {
  counter: CounterName;
  priority: number;
  widthBits: 32 | 64;
  saturates: boolean;
  entries: CounterEntry[];
}

export interface GaugePlan {
  gauge: GaugeName;
  priority: number;
  fold: 'max' | 'min';
  entries: { port: number; slots: number[] }[];
}

/** All that is read of one device. */
export interface DevicePlan {
  device: string;
  ports: readonly string[];
  columns: ColumnPlan[];
  gauges: GaugePlan[];
  /** [state] slot by port. */
  states: Map<StateName, Map<number, number>>;
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

/** What the values of a page tell of its ports. */
export interface PortKinds {
  /** "device\nport" of interfaces that are no Ethernet. */
  others: ReadonlySet<string>;
  /** The page tells the kind of every interface, and none is InfiniBand. */
  noInfiniband: boolean;
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

interface Candidate {
  rank: number;
  rule: MetricRule;
  slots: number[];
}

/** Counters and gauges of one device while its series are being sorted. */
interface Collecting {
  counters: Map<string, { counter: CounterName; priority: number; ports: Map<string, Candidate> }>;
  gauges: Map<string, { gauge: GaugeName; priority: number; fold: 'max' | 'min'; ports: Map<string, Candidate> }>;
  states: Map<StateName, Map<string, number>>;
}

/**
 * Sorts the series into devices, ports and columns: of several sources of one counter the best is taken, and kept
 * while the series stay the same. A port without a single counter is none.
 */
export function buildPlan(series: readonly PlannedSeries[], { others, noInfiniband }: PortKinds): DevicePlan[] {
  const devices = new Map<string, Collecting>();
  const known = new Map(series.flatMap(({ names }) => (names === undefined ? [] : [[names.guid, names] as const])));
  for (const [slot, { uses }] of series.entries()) {
    for (const use of uses) {
      const { rule, priority } = use;
      const { device, port } = named(use, known.get(use.device));
      let collecting = devices.get(device);
      if (collecting === undefined) {
        collecting = { counters: new Map(), gauges: new Map(), states: new Map() };
        devices.set(device, collecting);
      }
      if (!others.has(`${device}\n${port}`)) collect(collecting, rule, port, priority, slot);
    }
  }
  return [...devices].flatMap(([device, collecting]) => finish(device, collecting, noInfiniband) ?? []);
}

/** Counters that a port of Ethernet alone has. */
const OF_ETHERNET: ReadonlySet<CounterName> = new Set([
  'ecnMarkedPackets',
  'cnpSent',
  'cnpHandled',
  'rxPauseFrames',
  'txPauseFrames',
]);

/** Counters of `hw_counters`, which newer exporters show: with them a port without those of Ethernet is InfiniBand. */
const OF_HARDWARE: ReadonlySet<CounterName> = new Set(['outOfBuffer', 'outOfSequence', 'ackTimeouts', 'retransmits']);

function portsWith(names: ReadonlySet<CounterName>, { counters }: Collecting): ReadonlySet<string> {
  const columns = [...counters.values()].filter(({ counter }) => names.has(counter));
  return new Set(columns.flatMap(({ ports }) => [...ports.keys()]));
}

function named(
  { device, port }: { device: string; port: string },
  name: Omit<DeviceName, 'guid'> | undefined,
): { device: string; port: string } {
  if (name === undefined) return { device, port };
  return { device: name.device, port: name.card === undefined ? port : `${name.card}/${port}` };
}

function collect(into: Collecting, rule: MetricRule, port: string, priority: number, slot: number): void {
  const { to } = rule;
  if ('state' in to) {
    const ports = into.states.get(to.state) ?? new Map<string, number>();
    if (!ports.has(port)) ports.set(port, slot);
    into.states.set(to.state, ports);
    return;
  }
  if ('counter' in to) {
    const key = `${to.counter}:${priority}`;
    const column = into.counters.get(key) ?? { counter: to.counter, priority, ports: new Map() };
    into.counters.set(key, column);
    better(column.ports, rule, port, slot);
    return;
  }
  const key = `${to.gauge}:${priority}`;
  const column = into.gauges.get(key) ?? { gauge: to.gauge, fold: to.fold, priority, ports: new Map() };
  into.gauges.set(key, column);
  better(column.ports, rule, port, slot);
}

function better(ports: Map<string, Candidate>, rule: MetricRule, port: string, slot: number): void {
  const known = ports.get(port);
  if (known === undefined || rule.rank < known.rank) ports.set(port, { rank: rule.rank, rule, slots: [slot] });
  else if (rule.rank === known.rank && !known.slots.includes(slot)) known.slots.push(slot);
}

function finish(device: string, collecting: Collecting, noInfiniband: boolean): DevicePlan | undefined {
  const ethernet = portsWith(OF_ETHERNET, collecting);
  const hardware = portsWith(OF_HARDWARE, collecting);
  const isEthernet = (port: string) => ethernet.has(port) || (noInfiniband && !hardware.has(port));
  const found = [...collecting.counters.values(), ...collecting.gauges.values()].flatMap(({ ports }) => [
    ...ports.keys(),
  ]);
  const names = [...new Set(found)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (names.length === 0) return undefined;
  const index = new Map(names.map((name, port) => [name, port]));
  const at = (name: string): number => index.get(name) ?? 0;
  return {
    device,
    ports: names.map((name) => shortName(name, index)),
    columns: [...collecting.counters.values()].map(({ counter, priority, ports }) => {
      const [first] = ports.values();
      const to = first?.rule.to;
      const own = to !== undefined && 'counter' in to ? to : undefined;
      return {
        counter,
        priority,
        widthBits: own?.widthBits ?? 64,
        saturates: own?.saturates ?? false,
        entries: [...ports].map(([name, { rule, slots }]) => ({
          port: at(name),
          slots,
          unit: rule.unit ?? 'one',
          stopsAt: rule.stopsAt,
          // Some firmware counts congestion packets on InfiniBand too: only the zero is not believed.
          zeroIsNone: rule.only === 'infiniband' && isEthernet(name),
        })),
      };
    }),
    gauges: [...collecting.gauges.values()].map(({ gauge, priority, fold, ports }) => ({
      gauge,
      priority,
      fold,
      entries: [...ports].map(([name, { slots }]) => ({ port: at(name), slots })),
    })),
    states: new Map(
      [...collecting.states].map(([state, ports]) => [
        state,
        new Map([...ports].flatMap(([name, slot]) => (index.has(name) ? [[at(name), slot]] : []))),
      ]),
    ),
  };
}

/** A card without a port number means its first port. */
function longName(alias: string): string {
  return /\/\d+$/.test(alias) ? alias : `${alias}/1`;
}

/** The only port of a card goes by the card's name, as with the other collectors. */
function shortName(name: string, all: ReadonlyMap<string, number>): string {
  if (!name.endsWith('/1')) return name;
  const card = name.slice(0, -2);
  return all.has(`${card}/2`) || all.has(card) ? name : card;
}

/** True where a series tells something that is used here. */
export function isUseful({ uses, collective, names }: PlannedSeries): boolean {
  return uses.length > 0 || collective !== undefined || names !== undefined;
}
