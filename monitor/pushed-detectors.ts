import { createDeviceDetectors, type DeviceDetectors, type Episode } from '../lib/detectors/index.ts';
import type { SampleFrame } from '../lib/samples/frame.ts';
import type { DeviceNeighbours } from '../lib/topology/index.ts';

/** A collector says a word of its device within this time of its first samples, ms. */
const WAIT_MS = 15_000;
/** Devices that push by themselves; each costs a few KiB a port. */
const MAX_DEVICES = 10_000;

interface PushingDevice {
  detectors: DeviceDetectors;
  firstMs: number;
  /** Findings held back while a collector may still turn up; then they go out together. */
  held: Episode[];
}

export interface PushedDetectorsOptions {
  /** Whether a collector looks after this device: then the collector runs its detectors. */
  isCollected(device: string): boolean;
  neighboursOf(device: string): DeviceNeighbours;
  nowMs(): number;
}

/** Detectors for devices that push samples by themselves, without a collector of ours. */
export class PushedDetectors {
  readonly #devices = new Map<string, PushingDevice>();

  constructor(private readonly options: PushedDetectorsOptions) {}

  /** Findings that changed with this frame. */
  advance(frame: SampleFrame): Episode[] {
    const { isCollected, neighboursOf, nowMs } = this.options;
    const { device } = frame;
    if (isCollected(device)) {
      this.#devices.delete(device);
      return [];
    }
    let entry = this.#devices.get(device);
    if (!entry) {
      if (this.#devices.size >= MAX_DEVICES) return [];
      entry = { detectors: createDeviceDetectors(device), firstMs: nowMs(), held: [] };
      this.#devices.set(device, entry);
    }
    entry.held.push(...entry.detectors.advance(frame, neighboursOf(device)));
    return nowMs() - entry.firstMs < WAIT_MS ? [] : entry.held.splice(0);
  }

  snapshot(): unknown {
    return [...this.#devices].map(([device, { detectors, firstMs, held }]) => [
      device,
      detectors.snapshot(),
      firstMs,
      held,
    ]);
  }

  restore(snapshot: unknown): void {
    for (const [device, state, firstMs, held] of (snapshot ?? []) as [string, unknown, number, Episode[]][]) {
      const detectors = createDeviceDetectors(device);
      detectors.restore(state);
      this.#devices.set(device, { detectors, firstMs, held });
    }
  }
}
