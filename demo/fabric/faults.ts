import { at } from './columns.ts';
import { normal, STREAM } from './draws.ts';
import type { Network } from './network.ts';
import { type FabricTopology, portToward } from './topology.ts';

/** What can be made to go wrong; the names are those of the incidents and causes it should be told as. */
export const FAULT_KINDS = [
  'pause-storm',
  'slow-receiver',
  'incast',
  'link-degraded',
  'ecmp-collision',
  'link-flap',
  'packet-loss',
  'pfc-deadlock',
  'compute-straggler',
  'data-stall',
  'checkpoint',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** True for a fault whose root is a port of the fabric. */
export function isNetworkFault(kind: FaultKind): boolean {
  return kind !== 'compute-straggler' && kind !== 'data-stall' && kind !== 'checkpoint';
}

/**
 * One fault of a run. `strength` means: pause-storm, share of time paused; slow-receiver, share of line rate the NIC
 * cannot take; incast, offered load over the receiver's line rate; link-degraded, share of the rate lost; link-flap,
 * share of time down; packet-loss, share of frames lost; compute-straggler, extra compute over normal; data-stall and
 * checkpoint, seconds; ecmp-collision and pfc-deadlock, unused.
 */
export interface Fault {
  id: number;
  kind: FaultKind;
  startMs: number;
  endMs: number;
  strength: number;
  /** Host whose NIC is the root (storm, slow receiver, incast), or of the straggling rank. */
  host?: number;
  /** Switch egress port that is the root (degraded, collision, flap, loss). */
  port?: number;
  job?: number;
  rank?: number;
  /** Hosts that send in an incast. */
  senders?: number[];
  /** pfc-deadlock: the two leaves and two spines of the ring. */
  ring?: { leaves: [number, number]; spines: [number, number] };
  /** Flows that exist for this fault alone. */
  flows?: number[];
}

/** The strength a fault has when nobody says otherwise: strong enough to be worth a page. */
export const DEFAULT_STRENGTH: Record<FaultKind, number> = {
  'pause-storm': 0.65,
  'slow-receiver': 0.6,
  incast: 0.8,
  'link-degraded': 0.75,
  'ecmp-collision': 1,
  'link-flap': 0.3,
  'packet-loss': 0.01,
  'pfc-deadlock': 1,
  'compute-straggler': 0.6,
  'data-stall': 2,
  checkpoint: 4,
};

/** A stuck NIC's pause comes and goes with this mean period, ms. */
const STORM_PERIOD_MS = 100;
/** A watchdog lets stuck ports send against the pause for this long, ms: enough to empty the largest buffer. */
const DRAIN_MS = 4000;
/** A flapping link goes through one down and one up in this time, ms. */
const FLAP_PERIOD_MS = 6000;

export function isActive(fault: Fault, nowMs: number): boolean {
  return nowMs >= fault.startMs && nowMs < fault.endMs;
}

/** The NIC port of a host. */
export function nicOf(topology: FabricTopology, host: number): number {
  return topology.devices[host]?.ports[0] ?? -1;
}

/** The switch port a host hangs on. */
export function edgePortOf(topology: FabricTopology, host: number): number {
  return topology.ports[nicOf(topology, host)]?.peer ?? -1;
}

/** Ports that count as the root: either end of the cable, and every cable of a deadlock's ring. */
export function rootPorts(topology: FabricTopology, fault: Fault): number[] {
  const bothEnds = (port: number): number[] => [port, topology.ports[port]?.peer ?? -1];
  switch (fault.kind) {
    case 'pause-storm':
    case 'slow-receiver':
    case 'incast':
      return bothEnds(edgePortOf(topology, fault.host ?? -1));
    case 'link-degraded':
    case 'ecmp-collision':
    case 'link-flap':
    case 'packet-loss':
      return bothEnds(fault.port ?? -1);
    case 'pfc-deadlock':
      return ringPorts(topology, fault).flatMap(bothEnds);
    default:
      return [];
  }
}

/** Egress ports of the ring in order: leaf A -> spine 1 -> leaf B -> spine 2 -> leaf A. */
export function ringPorts(topology: FabricTopology, fault: Fault): number[] {
  if (!fault.ring) return [];
  const [leafA, leafB] = fault.ring.leaves;
  const [spine1, spine2] = fault.ring.spines;
  return [
    portToward(topology, leafA, spine1),
    portToward(topology, spine1, leafB),
    portToward(topology, leafB, spine2),
    portToward(topology, spine2, leafA),
  ];
}

/** Puts the state of all port faults into the network for this tick. */
export function applyPortFaults(network: Network, faults: readonly Fault[], seed: number): void {
  network.forcedXoff.fill(0);
  network.drainFraction.fill(1);
  network.lossFraction.fill(0);
  network.rate.set(network.nominalRate);
  network.ignorePause.fill(0);
  const down = new Set<number>();
  for (const fault of faults) {
    if (fault.kind === 'pfc-deadlock') breakDeadlock(network, fault);
    if (isActive(fault, network.nowMs)) applyPortFault(network, fault, seed, down);
  }
  setLinks(network, down);
}

function applyPortFault(network: Network, fault: Fault, seed: number, down: Set<number>): void {
  const { topology } = network;
  const nic = nicOf(topology, fault.host ?? -1);
  switch (fault.kind) {
    case 'pause-storm':
      if (stormIsOn(fault, network.nowMs, seed)) network.forcedXoff[nic] = 1;
      countStorms(network, fault, nic);
      break;
    case 'slow-receiver':
      network.drainFraction[nic] = 1 - fault.strength;
      break;
    case 'link-degraded':
      for (const port of rootPorts(topology, fault)) {
        network.rate[port] = at(network.nominalRate, port) * (1 - fault.strength);
      }
      break;
    case 'packet-loss':
      network.lossFraction[fault.port ?? -1] = fault.strength;
      break;
    case 'link-flap':
      if (flapIsDown(fault, network.nowMs)) for (const port of rootPorts(topology, fault)) down.add(port);
      break;
    default:
  }
}

function setLinks(network: Network, down: ReadonlySet<number>): void {
  for (let port = 0; port < network.portCount; port++) {
    const up = down.has(port) ? 0 : 1;
    if (up === 0 && at(network.up, port) === 1) {
      network.counters.linkDowns[port] = at(network.counters.linkDowns, port) + 1;
    }
    network.up[port] = up;
  }
}

function stormIsOn(fault: Fault, nowMs: number, seed: number): boolean {
  const cycle = Math.floor((nowMs - fault.startMs) / STORM_PERIOD_MS);
  const into = nowMs - fault.startMs - cycle * STORM_PERIOD_MS;
  const share = fault.strength * (1 + 0.08 * normal(seed, STREAM.stormPeriod, fault.id, cycle));
  return into < STORM_PERIOD_MS * Math.min(1, share);
}

/** A NIC that pauses most of the time trips its own stall watch about once a second. */
function countStorms(network: Network, fault: Fault, nic: number): void {
  if (fault.strength < 0.85 || (network.nowMs - fault.startMs) % 1000 !== 500) return;
  network.counters.pauseStorms[nic] = at(network.counters.pauseStorms, nic) + 1;
}

function flapIsDown(fault: Fault, nowMs: number): boolean {
  return (nowMs - fault.startMs) % FLAP_PERIOD_MS < FLAP_PERIOD_MS * fault.strength;
}

/** When the misrouting ends, a watchdog lets the ring's ports send against the pause until they have drained. */
function breakDeadlock(network: Network, fault: Fault): void {
  const since = network.nowMs - fault.endMs;
  if (since < 0 || since > DRAIN_MS) return;
  for (const port of ringPorts(network.topology, fault)) network.ignorePause[port] = 1;
}
