import type { DeviceInfo, DeviceRole, Link } from '../../lib/topology/types.ts';
import type { FoundInterface } from './discovery/interfaces.ts';
import type { FoundLagMember } from './discovery/lags.ts';
import type { FoundNeighbour } from './discovery/lldp.ts';
import type { FabricNames } from './names.ts';

/** Devices and cables as one device sees them. */
export interface DeviceLinks {
  devices: DeviceInfo[];
  links: Link[];
}

/** What discovery found of a device's ports and what is around it. */
export interface Surroundings {
  interfaces: readonly FoundInterface[];
  neighbours: readonly FoundNeighbour[];
  lagMembers: readonly FoundLagMember[];
}

/**
 * Links of a device from its LLDP neighbours. A neighbour that is one of our targets goes by its configured name and
 * port name; a foreign one by what it says: system name, else chassis id; port id, else its description where the
 * id is only a MAC. A neighbour without any name is left out. A neighbour that is heard on an aggregation group is at
 * the other end of each of its members.
 */
export function linksOf(
  device: string,
  role: DeviceRole,
  { interfaces, neighbours, lagMembers }: Surroundings,
  names: FabricNames,
): DeviceLinks {
  const portNames = new Map(interfaces.map((found) => [found.ifIndex, found.name]));
  const devices = new Map<string, DeviceInfo>([[device, { device, role, polled: true }]]);
  const links: Link[] = [];
  for (const neighbour of neighbours) {
    const ours = names.deviceOf(neighbour);
    const peer = ours ?? (neighbour.sysName || neighbour.chassisId);
    const peerPort = (ours === undefined ? undefined : names.portOf(ours, neighbour)) ?? foreignPort(neighbour);
    if (peer === '' || peerPort === '' || peer === device) continue;
    for (const { ifIndex, lagIfIndex } of membersOf(neighbour.ifIndex, lagMembers)) {
      const port = portNames.get(ifIndex);
      if (port === undefined) continue;
      const lag = portNames.get(lagIfIndex);
      if (!devices.has(peer)) devices.set(peer, { device: peer, role: neighbour.role, polled: ours !== undefined });
      const link: Link = { a: { device, port }, b: { device: peer, port: peerPort }, source: 'lldp' };
      links.push(lag === undefined ? link : { ...link, lag: { a: lag } });
    }
  }
  return { devices: [...devices.values()], links };
}

/** The port itself, with its group where it has one; the members of a group. */
function membersOf(ifIndex: number, lagMembers: readonly FoundLagMember[]): readonly FoundLagMember[] {
  const members = lagMembers.filter((member) => member.lagIfIndex === ifIndex);
  if (members.length > 0) return members;
  return [lagMembers.find((member) => member.ifIndex === ifIndex) ?? { ifIndex, lagIfIndex: -1 }];
}

function foreignPort({ portId, portIsMac, portDescription }: FoundNeighbour): string {
  return portIsMac && portDescription !== '' ? portDescription : portId || portDescription;
}
