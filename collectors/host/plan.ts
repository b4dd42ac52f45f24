import { join } from 'node:path';
import {
  COUNTER_RULES,
  type CounterRule,
  type CounterSource,
  type Origin,
  PCI_STALL_NAMES,
} from '../../lib/counters/nic-rules.ts';
import type { CounterName } from '../../lib/counters/reading.ts';
import type { NicPort } from './discover.ts';
import { namesIn } from './tree.ts';

/** A number to be read: a file, or a name in the driver's statistics. */
export interface Term {
  /** Absolute path, or undefined for a driver statistic. */
  file?: string;
  name: string;
}

/** One counter of one port: the sum of its terms. */
export interface PortCounter {
  counter: CounterName;
  /** 0..7, or -1 for the whole port. */
  priority: number;
  widthBits: 32 | 64;
  saturates: boolean;
  source: CounterSource;
  /** Indexes into the plan's terms. */
  terms: number[];
}

/** What is read of one port at every poll. */
export interface PortPlan {
  port: NicPort;
  terms: Term[];
  counters: PortCounter[];
  /** Driver statistic -> index of its term. */
  statistics: Map<string, number>;
  /** Indexes of the terms with PCIe stall per cent. */
  pciStall: number[];
}

/**
 * Chooses for every counter the best source this port has. A counter with no source is left out: not exposed.
 * @param statistics names in the driver's statistics; empty where they cannot be read
 */
export function planPort(root: string, port: NicPort, statistics: readonly string[]): PortPlan {
  const available = availableNames(root, port, statistics);
  const plan: PortPlan = { port, terms: [], counters: [], statistics: new Map(), pciStall: [] };
  for (const rule of COUNTER_RULES) {
    for (const priority of rule.perPriority ? [0, 1, 2, 3, 4, 5, 6, 7] : [-1]) addRule(plan, rule, priority, available);
  }
  for (const name of PCI_STALL_NAMES) {
    if (available.get('ethtool')?.has(name)) plan.pciStall.push(termOf(plan, { name }));
  }
  return plan;
}

/** [origin] name -> path (empty for driver statistics). */
type Available = Map<Origin, Map<string, string>>;

function availableNames(root: string, port: NicPort, statistics: readonly string[]): Available {
  const files = (...directories: (string | undefined)[]) => {
    const found = new Map<string, string>();
    for (const directory of directories) {
      if (directory === undefined) continue;
      for (const name of namesIn(directory)) if (!found.has(name)) found.set(name, join(directory, name));
    }
    return found;
  };
  const net = port.netdev === undefined ? undefined : join(root, 'class/net', port.netdev);
  const below = (directory: string | undefined, name: string) => directory && join(directory, name);
  return new Map([
    ['ethtool', new Map(statistics.map((name) => [name, '']))],
    ['port', files(below(port.rdmaPort, 'counters'), below(port.rdmaPort, 'counters_ext'))],
    ['hw', files(below(port.rdmaPort, 'hw_counters'), below(port.rdmaDevice, 'hw_counters'))],
    ['statistics', files(below(net, 'statistics'))],
    ['net', files(net)],
  ]);
}

/**
 * What an InfiniBand port's interface tells of the port. All else there is of IP over InfiniBand, or of Ethernet and zero:
 * mlx5 prints the statistics of an Ethernet port there too.
 * @source Linux drivers/net/ethernet/mellanox/mlx5/core/ipoib (mlx5i_stats_grps)
 */
const TOLD_BY_INTERFACE: ReadonlySet<CounterName> = new Set(['correctedBits', 'linkDowns']);

function isOfPort({ linkLayer }: NicPort, rule: CounterRule, { from, only }: CounterSource): boolean {
  if (only !== undefined && only !== linkLayer) return false;
  return linkLayer !== 'infiniband' || from === 'port' || from === 'hw' || TOLD_BY_INTERFACE.has(rule.counter);
}

function addRule(plan: PortPlan, rule: CounterRule, priority: number, available: Available): void {
  const known = (counter: PortCounter) => counter.counter === rule.counter && counter.priority === priority;
  if (plan.counters.some(known)) return;
  for (const source of rule.sources) {
    if (!isOfPort(plan.port, rule, source)) continue;
    const names = available.get(source.from);
    const present = source.names
      .map((name) => name.replace('[p]', String(priority)))
      .filter((name) => names?.has(name));
    if (present.length === 0) continue;
    plan.counters.push({
      counter: rule.counter,
      priority,
      widthBits: rule.widthBits ?? 64,
      saturates: rule.saturates ?? false,
      source,
      terms: present.map((name) => termOf(plan, { name, file: names?.get(name) || undefined })),
    });
    return;
  }
}

function termOf(plan: PortPlan, term: { name: string; file?: string | undefined }): number {
  if (term.file === undefined) {
    const known = plan.statistics.get(term.name);
    if (known !== undefined) return known;
    plan.statistics.set(term.name, plan.terms.length);
  }
  plan.terms.push(term.file === undefined ? { name: term.name } : { name: term.name, file: term.file });
  return plan.terms.length - 1;
}
