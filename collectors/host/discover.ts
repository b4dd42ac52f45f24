import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, textOf } from './tree.ts';

/** One physical port of the host, as the tree shows it. */
export interface NicPort {
  name: string;
  /** Directory of the RDMA port, where it has one. */
  rdmaPort?: string;
  /** Directory of the RDMA device. */
  rdmaDevice?: string;
  /** Name of its network interface. */
  netdev?: string;
  linkLayer: 'infiniband' | 'ethernet';
}

/** Types of `class/net/<if>/type`. @source Linux include/uapi/linux/if_arp.h */
const ETHERNET_TYPE = '1';
/** GIDs of one port share their interface: the first that can be read tells. */
const MOST_GIDS_TRIED = 32;

/**
 * The physical ports below a sysfs root, RDMA devices first. Virtual functions belong to somebody else's machine and
 * are left out, unless they are asked for by name or are all there is: in a container they are its own.
 */
export function discoverPorts(root: string, wanted: readonly string[] | undefined): NicPort[] {
  const matches = matcher(wanted);
  const rdma = rdmaPorts(root);
  const taken = new Set(rdma.flatMap((port) => port.netdev ?? []));
  const ports = [...rdma, ...netdevs(root).filter((port) => !taken.has(port.name))];
  if (wanted !== undefined) return ports.filter((port) => matches(port.name) || matches(port.netdev ?? port.name));
  const physical = ports.filter((port) => isPhysical(root, port, ports));
  return physical.length > 0 ? physical : ports.filter((port) => isVirtualFunction(root, port));
}

function isVirtualFunction(root: string, port: NicPort): boolean {
  return existsSync(join(directoryOf(root, port), 'device/physfn'));
}

function directoryOf(root: string, port: NicPort): string {
  return port.rdmaDevice ?? join(root, 'class/net', port.netdev ?? '');
}

function rdmaPorts(root: string): NicPort[] {
  const base = join(root, 'class/infiniband');
  return namesIn(base).flatMap((device) => {
    const rdmaDevice = join(base, device);
    const numbers = namesIn(join(rdmaDevice, 'ports')).filter((name) => /^\d+$/.test(name));
    return numbers.map((number): NicPort => {
      const rdmaPort = join(rdmaDevice, 'ports', number);
      const netdev = netdevOf(rdmaDevice, rdmaPort, numbers.length === 1);
      return {
        name: numbers.length === 1 ? device : `${device}/${number}`,
        rdmaPort,
        rdmaDevice,
        ...(netdev === undefined ? {} : { netdev }),
        linkLayer: /infiniband/i.test(textOf(join(rdmaPort, 'link_layer')) ?? '') ? 'infiniband' : 'ethernet',
      };
    });
  });
}

function netdevOf(device: string, port: string, onlyPort: boolean): string | undefined {
  const ndevs = join(port, 'gid_attrs/ndevs');
  for (const index of namesIn(ndevs).slice(0, MOST_GIDS_TRIED)) {
    const name = textOf(join(ndevs, index));
    if (name) return name;
  }
  const beside = namesIn(join(device, 'device/net'));
  return onlyPort && beside.length === 1 ? beside[0] : undefined;
}

function netdevs(root: string): NicPort[] {
  const base = join(root, 'class/net');
  return namesIn(base)
    .filter((name) => (textOf(join(base, name, 'type')) ?? ETHERNET_TYPE) === ETHERNET_TYPE && name !== 'lo')
    .map((name) => ({ name, netdev: name, linkLayer: 'ethernet' }));
}

function isPhysical(root: string, port: NicPort, all: readonly NicPort[]): boolean {
  const base = join(root, 'class/net');
  const directory = directoryOf(root, port);
  if (isVirtualFunction(root, port)) return false;
  if (port.rdmaDevice !== undefined || existsSync(join(directory, 'device'))) return true;
  const anyPhysical = all.some(
    (other) => other.rdmaDevice !== undefined || existsSync(join(base, other.netdev ?? '', 'device')),
  );
  return !anyPhysical && textOf(join(directory, 'operstate')) !== 'down';
}

function matcher(wanted: readonly string[] | undefined): (name: string) => boolean {
  const patterns = (wanted ?? []).map(
    (glob) => new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`),
  );
  return (name) => patterns.some((pattern) => pattern.test(name));
}
