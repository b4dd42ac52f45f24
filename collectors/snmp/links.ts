import type { CollectSink } from '../../lib/collect/types.ts';
import type { DeviceInfo, DeviceRole, Link } from '../../lib/topology/types.ts';
import type { SnmpConfig } from './config.ts';
import type { DeviceMap } from './device-map.ts';
import type { FoundInterface } from './discovery/interfaces.ts';
import type { FoundLagMember } from './discovery/lags.ts';
import type { FoundNeighbour } from './discovery/lldp.ts';
import type { FabricNames } from './names.ts';
import { GENERIC } from './profiles/generic.ts';

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
      const lag = groupsOf(portNames.get(lagIfIndex), names.lagOf(peer, peerPort));
      if (!devices.has(peer)) devices.set(peer, { device: peer, role: neighbour.role, polled: ours !== undefined });
      const link: Link = { a: { device, port }, b: { device: peer, port: peerPort }, source: 'lldp' };
      links.push(lag === undefined ? link : { ...link, lag });
    }
  }
  return { devices: [...devices.values()], links };
}

function groupsOf(a: string | undefined, b: string | undefined): Link['lag'] {
  if (a === undefined && b === undefined) return undefined;
  return { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
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

/** Tells a device's links when they differ from the last ones: names of neighbours may have become known meanwhile. */
export class LinkReport {
  private toldNames = -1;
  private told = '';

  constructor(
    private readonly config: SnmpConfig,
    private readonly sink: CollectSink,
    private readonly names: FabricNames,
  ) {}

  tell(map: DeviceMap): void {
    const { config } = this;
    this.toldNames = this.names.version;
    const found = linksOf(config.name, roleOf(config, map), map, this.names);
    const text = JSON.stringify(found);
    if (text === this.told) return;
    this.told = text;
    this.sink.links(config.name, found.devices, found.links);
  }

  /** Tells them again where a polled device has got another name since. */
  tellIfRenamed(map: DeviceMap): void {
    if (this.names.version !== this.toldNames) this.tell(map);
  }
}

/** What the config says; else what the device says; a switch vendor's agent without LLDP is a switch all the same. */
function roleOf(config: SnmpConfig, { head, profile }: DeviceMap): DeviceRole {
  if (config.role !== undefined) return config.role;
  if (head.role !== 'unknown') return head.role;
  return profile === GENERIC.name ? 'unknown' : 'switch';
}
