import type { DeviceInfo, DeviceRole, Link } from '../../lib/topology/types.ts';
import type { FoundInterface } from './discovery/interfaces.ts';
import type { FoundNeighbour } from './discovery/lldp.ts';
import type { FabricNames } from './names.ts';

/** Devices and cables as one device sees them. */
export interface DeviceLinks {
  devices: DeviceInfo[];
  links: Link[];
}

/**
 * Links of a device from its LLDP neighbours. A neighbour that is one of our targets goes by its configured name and
 * port name; a foreign one by what it says: system name, else chassis id; port id, else its description where the
 * id is only a MAC. A neighbour without any name is left out.
 */
export function linksOf(
  device: string,
  role: DeviceRole,
  interfaces: readonly FoundInterface[],
  neighbours: readonly FoundNeighbour[],
  names: FabricNames,
): DeviceLinks {
  const portNames = new Map(interfaces.map((found) => [found.ifIndex, found.name]));
  const devices = new Map<string, DeviceInfo>([[device, { device, role, polled: true }]]);
  const links: Link[] = [];
  for (const neighbour of neighbours) {
    const port = portNames.get(neighbour.ifIndex);
    const ours = names.deviceOf(neighbour);
    const peer = ours ?? (neighbour.sysName || neighbour.chassisId);
    const peerPort = (ours === undefined ? undefined : names.portOf(ours, neighbour)) ?? foreignPort(neighbour);
    if (port === undefined || peer === '' || peerPort === '' || peer === device) continue;
    if (!devices.has(peer)) devices.set(peer, { device: peer, role: neighbour.role, polled: ours !== undefined });
    links.push({ a: { device, port }, b: { device: peer, port: peerPort }, source: 'lldp' });
  }
  return { devices: [...devices.values()], links };
}

function foreignPort({ portId, portIsMac, portDescription }: FoundNeighbour): string {
  return portIsMac && portDescription !== '' ? portDescription : portId || portDescription;
}
