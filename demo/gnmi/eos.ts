import { at } from '../fabric/columns.ts';
import type { PortCounter } from '../fabric/counters.ts';
import type { Network } from '../fabric/network.ts';
import type { TotalCounters } from '../fabric/totals.ts';
import { chassisMac, macText, PFC_PRIORITY } from '../live/identity.ts';
import { softwareOf } from '../live/platforms.ts';
import type { Model } from './messages.ts';
import { entry, type Leaf, type LeafValue, path, type TreeNode } from './tree.ts';

const model = (name: string, organization: string, version: string): Model => ({ name, organization, version });
const OPENCONFIG = 'OpenConfig working group';
const ARISTA = 'Arista Networks, Inc.';

/** Models of which leaves are served. */
export const EOS_MODELS: readonly Model[] = [
  model('openconfig-interfaces', OPENCONFIG, '3.8.1'),
  model('openconfig-if-ethernet', OPENCONFIG, '2.18.0'),
  model('openconfig-qos', OPENCONFIG, '2.2.0'),
  model('openconfig-lldp', OPENCONFIG, '1.1.0'),
  model('openconfig-system', OPENCONFIG, '3.1.0'),
  model('arista-pfc-history-counters-augment', ARISTA, '1.0.0'),
];

/** Speeds that OpenConfig has an identity for, Gb/s. @source openconfig-if-ethernet 2.18.0, ETHERNET_SPEED */
const SPEEDS_GB = [800, 600, 400, 200, 100, 50, 40, 25, 10, 5, 1];

interface EosOptions {
  network: Network;
  totals: TotalCounters;
  /** Index of the switch in the topology. */
  device: number;
  /** Unix ms of its start. */
  bootMs: number;
}

/**
 * What an Arista switch of the model serves over gNMI: OpenConfig as far as EOS fills it, and Arista's PFC counters.
 * EOS tells the time it was paused (rx), not the time it paused others.
 */
export function eosLeaves(options: EosOptions): Leaf[] {
  const { network, device } = options;
  const { name = '', ports = [] } = network.topology.devices[device] ?? {};
  const constant = (nodes: TreeNode[], value: LeafValue): Leaf => ({ at: nodes, value: () => value });
  const lldp = path('openconfig-lldp:lldp', 'state');
  return [
    constant([...path('openconfig-system:system', 'state', 'boot-time')], BigInt(options.bootMs) * 1_000_000n),
    constant([...path('openconfig-system:system', 'state', 'hostname')], name),
    constant(below(lldp, 'system-name'), name),
    constant(below(lldp, 'chassis-id'), macText(chassisMac(device))),
    constant(below(lldp, 'chassis-id-type'), 'MAC_ADDRESS'),
    ...ports.flatMap((port) => [
      ...counters(options, port),
      ...priorities(options, port),
      ...queues(options, port),
      ...neighbour(options, port),
    ]),
  ];
}

/** A node below others, in the module of the last. */
function below(parents: readonly TreeNode[], ...names: (string | ReturnType<typeof entry>)[]): TreeNode[] {
  const [first = '', ...rest] = names;
  const { name, keys } = typeof first === 'string' ? entry(first, {}) : first;
  const qualified = name.includes(':') ? name : `${parents.at(-1)?.module}:${name}`;
  return [...parents, ...path(entry(qualified, keys), ...rest)];
}

function nameOf({ network }: EosOptions, port: number): string {
  return network.topology.ports[port]?.name ?? '';
}

function interfaceOf(options: EosOptions, port: number): TreeNode[] {
  return path('openconfig-interfaces:interfaces', entry('interface', { name: nameOf(options, port) }));
}

function counters(options: EosOptions, port: number): Leaf[] {
  const { network, totals } = options;
  const own = interfaceOf(options, port);
  const ethernet = below(own, 'openconfig-if-ethernet:ethernet', 'state');
  const state = (name: string, value: () => LeafValue): Leaf => ({ at: below(own, 'state', name), value });
  const counter = (name: string, value: () => bigint): Leaf => ({ at: below(own, 'state', 'counters', name), value });
  const frames = (name: string): Leaf => ({ at: below(ethernet, 'counters', name), value: () => 0n });
  const read = (which: PortCounter) => (): bigint => totals.read(port, which);
  const isUp = (): boolean => at(network.up, port) === 1;
  const none = (): bigint => 0n;
  return [
    state('name', () => nameOf(options, port)),
    state('admin-status', () => 'UP'),
    state('oper-status', () => (isUp() ? 'UP' : 'DOWN')),
    counter('in-octets', read('rxBytes')),
    counter('in-pkts', read('rxPackets')),
    counter('in-unicast-pkts', read('rxPackets')),
    counter('in-multicast-pkts', none),
    counter('in-broadcast-pkts', none),
    counter('in-discards', none),
    counter('in-errors', none),
    counter('in-fcs-errors', none),
    counter('out-octets', read('txBytes')),
    counter('out-pkts', read('txPackets')),
    counter('out-unicast-pkts', read('txPackets')),
    counter('out-multicast-pkts', none),
    counter('out-broadcast-pkts', none),
    counter('out-discards', read('drops')),
    counter('out-errors', none),
    // Ups count as downs do.
    counter('carrier-transitions', () => totals.read(port, 'linkDowns') * 2n - (isUp() ? 0n : 1n)),
    { at: below(ethernet, 'port-speed'), value: () => speedOf(at(network.rate, port) * 8000) },
    // 802.3x pause, of which a PFC fabric has none.
    ...['in-mac-pause-frames', 'out-mac-pause-frames', 'in-crc-errors', 'in-symbol-error'].map(frames),
  ];
}

/** The identity of a link speed: a link that has lost lanes runs at one of them. */
function speedOf(bitsPerSec: number): string {
  const gigabits = SPEEDS_GB.find((speed) => speed * 1e9 <= Math.round(bitsPerSec));
  return `openconfig-if-ethernet:${gigabits === undefined ? 'SPEED_UNKNOWN' : `SPEED_${gigabits}GB`}`;
}

function priorities(options: EosOptions, port: number): Leaf[] {
  const { totals } = options;
  const ethernet = below(interfaceOf(options, port), 'openconfig-if-ethernet:ethernet');
  return Array.from({ length: 8 }, (_, index): Leaf[] => {
    const state = below(ethernet, 'arista-intf-augments:pfc', 'priorities', entry('priority', { index }), 'state');
    const lossless = (...which: PortCounter[]): (() => bigint) =>
      index === PFC_PRIORITY ? () => which.reduce((sum, one) => sum + totals.read(port, one), 0n) : () => 0n;
    const pausedUs = lossless('rxPauseUs');
    return [
      { at: below(state, 'in-frames'), value: lossless('rxPauseFrames', 'rxResumeFrames') },
      { at: below(state, 'out-frames'), value: lossless('txPauseFrames', 'txResumeFrames') },
      { at: below(state, 'pfc-on-total-rx-time'), value: () => pausedUs() * 1000n },
      { at: below(state, 'rx-transitions'), value: lossless('rxResumeFrames') },
    ];
  }).flat();
}

/** Eight output queues, of which the lossless one carries everything. */
function queues(options: EosOptions, port: number): Leaf[] {
  const { totals } = options;
  const name = nameOf(options, port);
  const output = path('openconfig-qos:qos', 'interfaces', entry('interface', { 'interface-id': name }), 'output');
  return Array.from({ length: 8 }, (_, queue): Leaf[] => {
    const state = below(output, 'queues', entry('queue', { name: String(queue) }), 'state');
    const leaf = (leafName: string, which: PortCounter): Leaf => ({
      at: below(state, leafName),
      value: queue === PFC_PRIORITY ? () => totals.read(port, which) : () => 0n,
    });
    return [
      leaf('transmit-octets', 'txBytes'),
      leaf('transmit-pkts', 'txPackets'),
      leaf('dropped-pkts', 'drops'),
      leaf('ecn-marked-pkts', 'ecnMarkedPackets'),
    ];
  }).flat();
}

function neighbour(options: EosOptions, port: number): Leaf[] {
  const { devices, ports } = options.network.topology;
  const peer = ports[ports[port]?.peer ?? -1];
  const device = devices[peer?.device ?? -1]?.name ?? '';
  const heard = path(
    'openconfig-lldp:lldp',
    'interfaces',
    entry('interface', { name: nameOf(options, port) }),
    'neighbors',
    entry('neighbor', { id: '1' }),
    'state',
  );
  const told: Record<string, string> = {
    'chassis-id': macText(chassisMac(peer?.device ?? 0)),
    'chassis-id-type': 'MAC_ADDRESS',
    'port-id': peer?.name ?? '',
    'port-id-type': 'INTERFACE_NAME',
    'port-description': peer?.name ?? '',
    'system-name': device,
    'system-description': softwareOf(device),
  };
  return Object.entries(told).map(([name, value]) => ({ at: below(heard, name), value: () => value }));
}
