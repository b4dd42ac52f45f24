import type { DeviceInfo, DeviceRole, JobPlacement, Link, PortRef } from './types.ts';

/** What a device's detectors know of the other end of one of its ports. */
export interface Neighbour {
  peer: PortRef;
  peerRole: DeviceRole;
  /** The rate the cable should run at; undefined where nobody says. */
  expectedRateBitsPerSec?: number;
}

/** A device and its cables as its own detectors see them: all a collector process needs of the fabric. */
export interface DeviceNeighbours {
  role: DeviceRole;
  /** By port name; a port without an entry has an unknown far end. */
  byPort: ReadonlyMap<string, Neighbour>;
}

/** A device of which nobody has said anything. */
export const UNKNOWN_NEIGHBOURS: DeviceNeighbours = { role: 'unknown', byPort: new Map() };

/** One name for a port in maps; device names hold no line break. */
export function portKey(device: string, port: string): string {
  return `${device}\n${port}`;
}

/**
 * Devices and cables as one map: who is at the other end of a port, what role it has, which ports a job uses.
 * Built anew when the topology changes; lookups are constant time. Unknown peers and loops are survived.
 */
export class FabricMap {
  private readonly roles = new Map<string, DeviceRole>();
  private readonly polledDevices = new Set<string>();
  private readonly peers = new Map<string, PortRef>();
  private readonly expected = new Map<string, number>();
  private readonly portsOfDevice = new Map<string, string[]>();

  constructor(devices: readonly DeviceInfo[], links: readonly Link[]) {
    for (const { device, role, polled } of devices) {
      this.roles.set(device, role);
      if (polled) this.polledDevices.add(device);
    }
    for (const link of links) this.addLink(link);
    this.inferRoles();
  }

  private addLink(link: Link): void {
    const { a, b } = link;
    if (a.device === b.device && a.port === b.port) return;
    this.connect(a, b, link.linkRateBitsPerSec);
    this.connect(b, a, link.linkRateBitsPerSec);
  }

  private connect(from: PortRef, to: PortRef, rate: number | undefined): void {
    const key = portKey(from.device, from.port);
    if (!this.peers.has(key)) {
      const ports = this.portsOfDevice.get(from.device);
      if (ports === undefined) this.portsOfDevice.set(from.device, [from.port]);
      else ports.push(from.port);
    }
    this.peers.set(key, to);
    if (rate !== undefined) this.expected.set(key, rate);
    if (!this.roles.has(from.device)) this.roles.set(from.device, 'unknown');
  }

  /** A switch without a role that has a host on a cable is a leaf; one that only has leaves is a spine. */
  private inferRoles(): void {
    for (const [device, role] of this.roles) {
      if (role !== 'unknown' && role !== 'switch') continue;
      const peerRoles = (this.portsOfDevice.get(device) ?? []).map((port) => this.peerRole(device, port));
      if (peerRoles.includes('host')) this.roles.set(device, 'leaf');
    }
    for (const [device, role] of this.roles) {
      if (role !== 'unknown' && role !== 'switch') continue;
      const ports = this.portsOfDevice.get(device) ?? [];
      if (ports.length > 0 && ports.every((port) => this.peerRole(device, port) === 'leaf')) {
        this.roles.set(device, 'spine');
      }
    }
  }

  private peerRole(device: string, port: string): DeviceRole {
    const peer = this.peers.get(portKey(device, port));
    return peer === undefined ? 'unknown' : (this.roles.get(peer.device) ?? 'unknown');
  }

  /** The role of a device; `unknown` where nobody says and the cables do not show it. */
  roleOf(device: string): DeviceRole {
    return this.roles.get(device) ?? 'unknown';
  }

  /** True where a collector reads this device. */
  isPolled(device: string): boolean {
    return this.polledDevices.has(device);
  }

  /** The other end of a port's cable. */
  peerOf(device: string, port: string): PortRef | undefined {
    return this.peers.get(portKey(device, port));
  }

  /** The rate a port's cable should run at, bits/s; undefined where nobody says. */
  expectedRateOf(device: string, port: string): number | undefined {
    return this.expected.get(portKey(device, port));
  }

  /** Ports of a device that have a cable. */
  linkedPorts(device: string): readonly string[] {
    return this.portsOfDevice.get(device) ?? [];
  }

  devices(): Iterable<string> {
    return this.roles.keys();
  }

  /** What a device's own detectors need of the fabric. */
  neighboursOf(device: string): DeviceNeighbours {
    const byPort = new Map<string, Neighbour>();
    for (const port of this.linkedPorts(device)) {
      const peer = this.peerOf(device, port);
      if (peer === undefined) continue;
      const rate = this.expected.get(portKey(device, port));
      byPort.set(port, {
        peer,
        peerRole: this.roleOf(peer.device),
        ...(rate === undefined ? {} : { expectedRateBitsPerSec: rate }),
      });
    }
    return { role: this.roleOf(device), byPort };
  }

  /** The NIC ports of a job: those its ranks name, else every cabled port of its hosts. */
  jobNics(job: JobPlacement): PortRef[] {
    const nics = new Map<string, PortRef>();
    const add = (device: string, port: string): void => {
      nics.set(portKey(device, port), { device, port });
    };
    for (const rank of job.ranks) {
      if (rank.port !== undefined) add(rank.device, rank.port);
      else for (const port of this.#portsInUse(rank.device, job)) add(rank.device, port);
    }
    const placed = new Set(job.ranks.map((rank) => rank.device));
    for (const host of job.hosts) {
      if (!placed.has(host)) for (const port of this.#portsInUse(host, job)) add(host, port);
    }
    return [...nics.values()];
  }

  /** Those the job says it uses, where links know them by these names; else all that have a cable. */
  #portsInUse(host: string, { nics = [] }: JobPlacement): readonly string[] {
    const linked = this.linkedPorts(host);
    const told = new Set(nics.filter(({ device }) => device === host).map(({ port }) => port));
    const used = linked.filter((port) => told.has(port));
    return used.length > 0 ? used : linked;
  }
}
