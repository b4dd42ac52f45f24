import type { FoundInterface } from './discovery/interfaces.ts';
import type { FoundLagMember } from './discovery/lags.ts';
import type { FoundNeighbour } from './discovery/lldp.ts';

/** What a polled device is called by its neighbours. */
export interface KnownDevice {
  sysName: string;
  chassisId: string;
  interfaces: readonly FoundInterface[];
  lagMembers: readonly FoundLagMember[];
}

/**
 * Names of the devices this process polls. A neighbour is heard as a system name and a chassis id, which need not be
 * the name in the config; where the neighbour is one of our own targets, the config's names are used for it.
 */
export class FabricNames {
  private readonly devices = new Map<string, KnownDevice>();
  private readonly bySysName = new Map<string, string>();
  private readonly byChassis = new Map<string, string>();
  /** Grows when a name changes: links may have to be told again. */
  version = 0;

  set(device: string, known: KnownDevice): void {
    const before = this.devices.get(device);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(known)) return;
    this.forget(device);
    this.devices.set(device, known);
    if (known.sysName !== '') this.bySysName.set(known.sysName, device);
    if (known.chassisId !== '') this.byChassis.set(known.chassisId, device);
    this.version++;
  }

  forget(device: string): void {
    if (!this.devices.delete(device)) return;
    for (const names of [this.bySysName, this.byChassis]) {
      for (const [name, owner] of names) if (owner === device) names.delete(name);
    }
    this.version++;
  }

  /** The target a neighbour is, or undefined where it is none of ours. */
  deviceOf(neighbour: FoundNeighbour): string | undefined {
    const { chassisId, sysName } = neighbour;
    return this.byChassis.get(chassisId) ?? this.bySysName.get(sysName) ?? this.bySysName.get(withoutDomain(sysName));
  }

  /** Our name of a target's port, or undefined where the target has no such port. */
  portOf(device: string, neighbour: FoundNeighbour): string | undefined {
    const interfaces = this.devices.get(device)?.interfaces ?? [];
    const { portId, portIsMac, portDescription } = neighbour;
    const wanted = portIsMac ? [portDescription] : [portId, portDescription];
    if (portIsMac) {
      const byMac = interfaces.filter((found) => found.mac === portId);
      // Some switches give all their ports one MAC: it then names none of them.
      if (byMac.length === 1) return byMac[0]?.name;
    }
    for (const name of wanted.filter((candidate) => candidate !== '')) {
      for (const key of ['name', 'ifName', 'ifDescr', 'ifAlias'] as const) {
        const match = interfaces.find((found) => found[key] === name);
        if (match) return match.name;
      }
    }
    return undefined;
  }

  /** The aggregation group that a target's port belongs to, or undefined where it is in none or not known. */
  lagOf(device: string, port: string): string | undefined {
    const { interfaces = [], lagMembers = [] } = this.devices.get(device) ?? {};
    const ifIndex = interfaces.find(({ name }) => name === port)?.ifIndex;
    const lagIfIndex = lagMembers.find((member) => member.ifIndex === ifIndex)?.lagIfIndex;
    return lagIfIndex === undefined ? undefined : interfaces.find((found) => found.ifIndex === lagIfIndex)?.name;
  }
}

/** "leaf1.dc1.example.net" to "leaf1". */
function withoutDomain(name: string): string {
  return name.split('.')[0] ?? name;
}

/** The names known in this process. */
export const fabricNames = new FabricNames();
