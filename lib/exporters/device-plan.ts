import type { CounterName, GaugeName } from '../counters/reading.ts';
import { named, type PlannedSeries } from './plan.ts';
import type { MetricRule, StateName, Unit } from './rule.ts';

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

/** What the values of a page tell of its ports. */
export interface PortKinds {
  /** "device\nport" of interfaces that are no Ethernet. */
  others: ReadonlySet<string>;
  /** The page tells the kind of every interface, and none is InfiniBand. */
  noInfiniband: boolean;
}

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

/** The only port of a card goes by the card's name, as with the other collectors. */
function shortName(name: string, all: ReadonlyMap<string, number>): string {
  if (!name.endsWith('/1')) return name;
  const card = name.slice(0, -2);
  return all.has(`${card}/2`) || all.has(card) ? name : card;
}
