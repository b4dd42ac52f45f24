import type { DeviceRole } from '../../lib/topology/types.ts';
import type { FoundInterface } from '../snmp/discovery/interfaces.ts';
import type { FoundNeighbour } from '../snmp/discovery/lldp.ts';
import { type DeviceLinks, linksOf } from '../snmp/links.ts';
import { fabricNames } from '../snmp/names.ts';
import type { Neighbour } from './intake/neighbours.ts';
import type { DeviceTable } from './intake/table.ts';

/** As OpenConfig and Nokia name the type, and as LldpPortIdSubtype and LldpChassisIdSubtype number it (SONiC). */
const MAC_TYPES = { port: ['MAC_ADDRESS', '3'], chassis: ['MAC_ADDRESS', '4'] };

/**
 * Links of a device, told when they change: by what it hears, or by what became known of the names of others. The rules
 * for names are those of SNMP, so that a fabric read over both is one fabric.
 */
export class LinkTeller {
  private told = '';
  private version = '';

  constructor(
    private readonly device: string,
    private readonly role: DeviceRole,
    private readonly table: DeviceTable,
    private readonly tell: (links: DeviceLinks) => void,
  ) {}

  look(): void {
    const { neighbours, names } = this.table;
    const version = this.now();
    if (version === this.version) return;
    const groups = [...new Set(names.map((_, port) => this.table.states.groupOf(port)).filter((name) => name !== ''))];
    const lagMembers = names.flatMap((_, ifIndex) => {
      const group = groups.indexOf(this.table.states.groupOf(ifIndex));
      return group < 0 ? [] : [{ ifIndex, lagIfIndex: names.length + group }];
    });
    const interfaces = [...names, ...groups].map(asInterface);
    const { sysName, chassisId } = neighbours.own;
    fabricNames.set(this.device, { sysName, chassisId: macText(chassisId), interfaces, lagMembers });
    this.version = this.now();
    const heard = neighbours.latest.map(([port, neighbour]) => found(port, neighbour));
    const links = linksOf(this.device, this.role, { interfaces, neighbours: heard, lagMembers }, fabricNames);
    const text = JSON.stringify(links);
    if (text === this.told) return;
    this.told = text;
    this.tell(links);
  }

  private now(): string {
    const { neighbours, names, states } = this.table;
    return [neighbours.version, names.length, states.groupVersion, fabricNames.version].join(' ');
  }

  stop(): void {
    fabricNames.forget(this.device);
  }
}

function asInterface(name: string, ifIndex: number): FoundInterface {
  return {
    ...{ ifIndex, name, ifName: name, ifDescr: name, ifAlias: '' },
    ...{ ifType: 6, mac: '', speedMbps: 0, polled: true },
  };
}

function found(port: number, neighbour: Neighbour): FoundNeighbour {
  const { chassisId = '', portId = '', portDescription = '', sysName = '' } = neighbour;
  const portIsMac = MAC_TYPES.port.includes(plain(neighbour.portIdType));
  const chassisIsMac = MAC_TYPES.chassis.includes(plain(neighbour.chassisIdType));
  return {
    ifIndex: port,
    chassisId: chassisIsMac ? macText(chassisId) : chassisId,
    sysName,
    portId: portIsMac ? macText(portId) : portId,
    portIsMac,
    portDescription,
    role: 'unknown',
  };
}

function plain(type = ''): string {
  return type.slice(type.indexOf(':') + 1).toUpperCase();
}

/** aa:bb:cc:dd:ee:ff where the text is a MAC in any writing, else the text. */
function macText(text: string): string {
  const digits = text.replace(/[:.-]/g, '').toLowerCase();
  return /^[0-9a-f]{12}$/.test(digits) ? (digits.match(/../g)?.join(':') ?? text) : text;
}
