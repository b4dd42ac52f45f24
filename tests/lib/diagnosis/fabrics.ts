import type { DeviceInfo, DeviceRole, Link } from '../../../lib/topology/types.ts';

interface Fabric {
  devices: DeviceInfo[];
  links: Link[];
}

class Builder {
  readonly fabric: Fabric = { devices: [], links: [] };
  private readonly used = new Map<string, number>();

  device(device: string, role: DeviceRole): void {
    this.fabric.devices.push({ device, role, polled: true });
  }

  /** A cable between the next free ports of two devices, 1.. on each. */
  cable(a: string, b: string): void {
    this.fabric.links.push({
      a: { device: a, port: this.next(a) },
      b: { device: b, port: this.next(b) },
      linkRateBitsPerSec: 100e9,
      source: 'config',
      bothEnds: true,
    });
  }

  private next(device: string): string {
    const port = (this.used.get(device) ?? 0) + 1;
    this.used.set(device, port);
    return String(port);
  }
}

/**
 * Three tiers: pods of two leaves and two spines, two hosts a leaf, two cores that join all spines. On a leaf, hosts are
 * ports 1 and 2, spines 3 and 4; on a spine, leaves are ports 1 and 2, cores 3 and 4.
 */
export function threeTier(pods: number): Fabric {
  const builder = new Builder();
  for (const core of ['core0', 'core1']) builder.device(core, 'core');
  for (let pod = 0; pod < pods; pod++) {
    const spines = [`p${pod}s0`, `p${pod}s1`];
    const leaves = [`p${pod}l0`, `p${pod}l1`];
    for (const spine of spines) builder.device(spine, 'spine');
    for (const leaf of leaves) {
      builder.device(leaf, 'leaf');
      for (const host of [`${leaf}h0`, `${leaf}h1`]) {
        builder.device(host, 'host');
        builder.cable(leaf, host);
      }
    }
    for (const leaf of leaves) for (const spine of spines) builder.cable(leaf, spine);
    for (const spine of spines) for (const core of ['core0', 'core1']) builder.cable(spine, core);
  }
  return builder.fabric;
}

/**
 * Rail-optimised: NIC r of every host hangs on leaf r; host h is port h + 1 of each leaf, spines come after the hosts.
 */
export function railOptimised(rails: number, hosts: number, spines: number): Fabric {
  const builder = new Builder();
  for (let spine = 0; spine < spines; spine++) builder.device(`spine${spine}`, 'spine');
  for (let rail = 0; rail < rails; rail++) builder.device(`rail${rail}`, 'leaf');
  for (let host = 0; host < hosts; host++) {
    builder.device(`host${host}`, 'host');
    for (let rail = 0; rail < rails; rail++) builder.cable(`rail${rail}`, `host${host}`);
  }
  for (let rail = 0; rail < rails; rail++) {
    for (let spine = 0; spine < spines; spine++) builder.cable(`rail${rail}`, `spine${spine}`);
  }
  return builder.fabric;
}

/** The same fabric where nobody says at which rate its cables run. */
export function withoutRates({ devices, links }: Fabric): Fabric {
  return { devices, links: links.map(({ linkRateBitsPerSec: _, ...link }) => link) };
}
