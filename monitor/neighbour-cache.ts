import type { FabricState } from '../lib/queries/fabric-state.ts';
import type { DeviceNeighbours, FabricMap } from '../lib/topology/index.ts';

/** Neighbours of a device, the same object while the topology stands: detectors look at it anew only when it changes. */
export class NeighbourCache {
  #map: FabricMap | undefined;
  readonly #neighbours = new Map<string, DeviceNeighbours>();

  constructor(private readonly fabric: FabricState) {}

  of(device: string): DeviceNeighbours {
    const map = this.fabric.map();
    if (map !== this.#map) {
      this.#map = map;
      this.#neighbours.clear();
    }
    let neighbours = this.#neighbours.get(device);
    if (!neighbours) {
      neighbours = map.neighboursOf(device);
      this.#neighbours.set(device, neighbours);
    }
    return neighbours;
  }
}
