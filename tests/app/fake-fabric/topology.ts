import type { TopologyView } from '../../../lib/api/types.ts';
import type { PortRef } from '../../../lib/topology/types.ts';
import type { Scene } from './scene.ts';

export const LEAVES = ['leaf1', 'leaf2', 'leaf3', 'leaf4'];
export const SPINES = ['spine1', 'spine2', 'spine3', 'spine4'];
export const SWITCHES = [...LEAVES, ...SPINES];
const HOSTS_PER_LEAF = 8;
export const HOSTS = Array.from({ length: LEAVES.length * HOSTS_PER_LEAF }, (_, index) => hostName(index + 1));

/** A hostile name: whatever a device says of its ports must survive links, titles and tables. */
export const HOSTILE_PORT: PortRef = { device: 'leaf4', port: 'Eth "1/8" <script>alert(1)</script>?#&%2F' };

/** A port with what it is wired to. */
export interface WiredPort {
  ref: PortRef;
  peer: PortRef;
}

/** Every port of the fabric, both ends of each cable. */
export const PORTS: readonly WiredPort[] = LEAVES.flatMap((leaf, leafIndex) => [
  ...Array.from({ length: HOSTS_PER_LEAF }, (_, index) => {
    const hostile = leaf === HOSTILE_PORT.device && index + 1 === HOSTS_PER_LEAF;
    const port = hostile ? HOSTILE_PORT : { device: leaf, port: `Ethernet1/${index + 1}` };
    return bothEnds(port, { device: hostName(leafIndex * HOSTS_PER_LEAF + index + 1), port: 'mlx5_0' });
  }).flat(),
  ...SPINES.flatMap((spine, spineIndex) => bothEnds(uplink(leaf, spineIndex), downlink(spine, leafIndex))),
]);

/** @param number from 1 */
function hostName(number: number): string {
  return `gpu${String(number).padStart(2, '0')}`;
}

/** A leaf's port towards a spine. */
export function uplink(leaf: string, spineIndex: number): PortRef {
  return { device: leaf, port: `Ethernet2/${spineIndex + 1}` };
}

/** A spine's port towards a leaf. */
export function downlink(spine: string, leafIndex: number): PortRef {
  return { device: spine, port: `Ethernet1/${leafIndex + 1}` };
}

export function isUplink({ port }: PortRef): boolean {
  return port.startsWith('Ethernet2/');
}

export function roleOf(device: string): 'leaf' | 'spine' | 'host' {
  if (device.startsWith('leaf')) return 'leaf';
  return device.startsWith('spine') ? 'spine' : 'host';
}

export function topologyOf({ mode }: Scene): TopologyView {
  const ports = mode === 'empty' ? [] : PORTS;
  return {
    devices: [...new Set(ports.map(({ ref }) => ref.device))].map((device) => ({
      device,
      role: roleOf(device),
      polled: true,
    })),
    links: ports.map(({ ref, peer }) => ({ a: ref, b: peer, source: 'lldp' })),
    jobs: [],
  };
}

function bothEnds(a: PortRef, b: PortRef): WiredPort[] {
  return [
    { ref: a, peer: b },
    { ref: b, peer: a },
  ];
}
