/** What kind of box a device is. */
type NodeRole = 'host' | 'leaf' | 'spine';

interface FabricDevice {
  name: string;
  role: NodeRole;
  /** Indexes into `ports`, in port-number order. */
  ports: number[];
}

interface FabricPort {
  /** Position in `FabricTopology.ports`; ports are known by it everywhere in the model. */
  index: number;
  device: number;
  /** 1-based number on its device. */
  number: number;
  name: string;
  peer: number;
  linkRateBitsPerSec: number;
}

/** Devices, ports and cables of a leaf-spine fabric. */
export interface FabricTopology {
  devices: FabricDevice[];
  ports: FabricPort[];
  hosts: number[];
  leaves: number[];
  spines: number[];
}

export interface TopologyOptions {
  leaves: number;
  spines: number;
  hostsPerLeaf: number;
  hostRateBitsPerSec: number;
  uplinkRateBitsPerSec: number;
  names?: {
    host?: (index: number) => string;
    leaf?: (index: number) => string;
    spine?: (index: number) => string;
    hostPort?: (number: number) => string;
    switchPort?: (number: number, role: 'leaf' | 'spine', uplink: boolean, device: string) => string;
  };
}

const plainNames = {
  host: (index: number) => `host${String(index).padStart(2, '0')}`,
  leaf: (index: number) => `leaf${index}`,
  spine: (index: number) => `spine${index}`,
  hostPort: (number: number) => String(number),
  switchPort: (number: number) => String(number),
};

/**
 * Builds a leaf-spine fabric: every leaf has one cable to every spine; hosts have one NIC. On a leaf, ports 1..h face
 * hosts and the rest face spines; spine port n faces leaf n-1.
 */
export function buildTopology(options: TopologyOptions): FabricTopology {
  const names = { ...plainNames, ...options.names };
  const topology: FabricTopology = { devices: [], ports: [], hosts: [], leaves: [], spines: [] };
  const addDevice = (name: string, role: NodeRole, list: number[]): void => {
    list.push(topology.devices.length);
    topology.devices.push({ name, role, ports: [] });
  };
  for (let i = 0; i < options.leaves * options.hostsPerLeaf; i++) addDevice(names.host(i), 'host', topology.hosts);
  for (let i = 0; i < options.leaves; i++) addDevice(names.leaf(i), 'leaf', topology.leaves);
  for (let i = 0; i < options.spines; i++) addDevice(names.spine(i), 'spine', topology.spines);

  const addPort = (deviceIndex: number, rate: number, uplink: boolean): FabricPort => {
    const device = topology.devices[deviceIndex];
    if (!device) throw new RangeError(`no device ${deviceIndex}`);
    const number = device.ports.length + 1;
    const name =
      device.role === 'host' ? names.hostPort(number) : names.switchPort(number, device.role, uplink, device.name);
    const port = {
      index: topology.ports.length,
      device: deviceIndex,
      number,
      name,
      peer: -1,
      linkRateBitsPerSec: rate,
    };
    topology.ports.push(port);
    device.ports.push(port.index);
    return port;
  };
  const cable = (a: FabricPort, b: FabricPort): void => {
    a.peer = b.index;
    b.peer = a.index;
  };
  topology.hosts.forEach((host, i) => {
    const leaf = topology.leaves[Math.floor(i / options.hostsPerLeaf)] ?? 0;
    cable(addPort(host, options.hostRateBitsPerSec, false), addPort(leaf, options.hostRateBitsPerSec, false));
  });
  for (const leaf of topology.leaves) {
    for (const spine of topology.spines) {
      cable(addPort(leaf, options.uplinkRateBitsPerSec, true), addPort(spine, options.uplinkRateBitsPerSec, false));
    }
  }
  return topology;
}

/** The egress port of `from` whose cable ends on device `to`. @throws RangeError where there is none. */
export function portToward(topology: FabricTopology, from: number, to: number): number {
  for (const index of topology.devices[from]?.ports ?? []) {
    const peer = topology.ports[index]?.peer ?? -1;
    if (topology.ports[peer]?.device === to) return index;
  }
  throw new RangeError(`device ${from} has no cable to device ${to}`);
}

/** The leaf a host hangs on. */
export function leafOf(topology: FabricTopology, host: number): number {
  const nic = topology.devices[host]?.ports[0] ?? -1;
  const peer = topology.ports[nic]?.peer ?? -1;
  return topology.ports[peer]?.device ?? -1;
}

/** Egress ports from one host's NIC to another through the given spine (unused inside one leaf). */
export function pathBetween(topology: FabricTopology, from: number, to: number, spine: number): number[] {
  const fromLeaf = leafOf(topology, from);
  const toLeaf = leafOf(topology, to);
  const nic = topology.devices[from]?.ports[0] ?? -1;
  if (fromLeaf === toLeaf) return [nic, portToward(topology, toLeaf, to)];
  return [
    nic,
    portToward(topology, fromLeaf, spine),
    portToward(topology, spine, toLeaf),
    portToward(topology, toLeaf, to),
  ];
}
