import { type DeviceNeighbours, FabricMap } from '../topology/index.ts';
import type { DeviceInfo, Link } from '../topology/types.ts';

/** What the configuration says of the fabric. */
export interface ToldTopology {
  links: readonly Link[];
  devices: readonly DeviceInfo[];
}

/** The fabric as this collector knows it: what it was told, and what its devices say of their neighbours. */
export class Neighbourhood {
  private readonly seen = new Map<string, { devices: DeviceInfo[]; links: Link[]; text: string }>();
  private readonly cache = new Map<string, DeviceNeighbours>();
  private map: FabricMap | undefined;

  constructor(private told: ToldTopology) {}

  /** Replaces what the configuration says. */
  tell(told: ToldTopology): void {
    this.told = told;
    this.changed();
  }

  /** Replaces what one device says. @returns false where it says the same as before */
  see(device: string, devices: DeviceInfo[], links: Link[]): boolean {
    const text = JSON.stringify([devices, links]);
    if (this.seen.get(device)?.text === text) return false;
    this.seen.set(device, { devices, links, text });
    this.changed();
    return true;
  }

  forget(device: string): void {
    if (this.seen.delete(device)) this.changed();
  }

  /** The same object until something changes. */
  of(device: string): DeviceNeighbours {
    let neighbours = this.cache.get(device);
    if (neighbours === undefined) {
      this.map ??= this.build();
      neighbours = this.map.neighboursOf(device);
      this.cache.set(device, neighbours);
    }
    return neighbours;
  }

  private changed(): void {
    this.map = undefined;
    this.cache.clear();
  }

  private build(): FabricMap {
    const devices = new Map<string, DeviceInfo>();
    const links: Link[] = [];
    for (const seen of this.seen.values()) {
      for (const info of seen.devices) {
        const known = devices.get(info.device);
        // A device's word about itself is worth more than a neighbour's guess.
        if (known === undefined || known.role === 'unknown' || info.polled) devices.set(info.device, info);
      }
      links.push(...seen.links);
    }
    for (const info of this.told.devices) devices.set(info.device, info);
    return new FabricMap([...devices.values()], [...links, ...this.told.links]);
  }
}
