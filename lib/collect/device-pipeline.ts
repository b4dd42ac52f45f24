import { createNormaliser } from '../counters/index.ts';
import type { ReadingFrame } from '../counters/reading.ts';
import { createDeviceDetectors, type DeviceDetectors } from '../detectors/index.ts';
import type { Logger } from '../logger.ts';
import { FrameEncoder } from '../samples/encode.ts';
import type { SampleFrame } from '../samples/frame.ts';
import type { DeviceNeighbours } from '../topology/index.ts';
import type { Delivery } from './delivery.ts';

export interface DevicePipelineOptions {
  delivery: Pick<Delivery, 'samples' | 'event'>;
  /** What the detectors of a device may know of its cables; the same object while nothing changes. */
  neighboursOf(device: string): DeviceNeighbours;
  /**
   * Called when a device's findings have changed, after their episodes are in the spool, and every few seconds while
   * one is open: a finding that is open when the process is killed must be found again, or nobody would ever end it,
   * and what it was known to last until then must not be forgotten.
   */
  keepDetectors?(device: string, snapshot: unknown): void;
  logger: Logger;
  /** When this process began, Unix ms. */
  startedMs: number;
}

/** What survives a restart. `clean`: nothing was read after this was written. */
export interface PipelineSnapshot {
  version: 1;
  clean: boolean;
  normaliser: unknown;
  detectors: [device: string, snapshot: unknown][];
}

/** How far back the saved state of an open finding may lie, ms: a kill shortens no incident by more than this. */
const KEEP_OPEN_EVERY_MS = 2000;
/** Told again when it happens again after this many readings of the device. */
const PROBLEM_REPEAT_READINGS = 600;

/**
 * From raw readings to what leaves the collector: samples as line protocol, episodes as events. One instance serves
 * all devices of a process; each call handles one poll of one device and returns when its data is in the spool.
 */
export class DevicePipeline {
  private readonly normaliser = createNormaliser();
  private readonly encoder = new FrameEncoder();
  private readonly detectors = new Map<string, DeviceDetectors>();
  private readonly told = new Map<string, number>();
  /** When a device's detectors were last kept, by the time of its readings, Unix ms. */
  private readonly keptMs = new Map<string, number>();
  private unclean = false;
  private readings = 0;
  /** Problems the normaliser named, by device: for target health. */
  private readonly problems = new Map<string, string[]>();

  constructor(private readonly options: DevicePipelineOptions) {}

  /** One poll. @returns the frames it gave, for who else wants them */
  advance(reading: ReadingFrame): SampleFrame[] {
    this.readings++;
    const { frames, problems } = this.normaliser.advance(reading);
    this.report(reading.device, problems);
    if (this.unclean) for (const frame of frames) this.dropOverlap(frame);
    this.options.delivery.samples(this.encoder.encode(frames));
    const detectors = this.detectorsOf(reading.device);
    const neighbours = this.options.neighboursOf(reading.device);
    let told = 0;
    for (const frame of frames) {
      for (const episode of detectors.advance(frame, neighbours)) {
        this.options.delivery.event({ type: 'episode', episode });
        told++;
      }
    }
    this.keep(reading, detectors, told > 0);
    return frames;
  }

  private keep(reading: ReadingFrame, detectors: DeviceDetectors, changed: boolean): void {
    if (this.options.keepDetectors === undefined || !(changed || detectors.active())) return;
    const atMs = reading.atMs.find((time) => !Number.isNaN(time)) ?? 0;
    const age = atMs - (this.keptMs.get(reading.device) ?? Number.NEGATIVE_INFINITY);
    if (!changed && Math.abs(age) < KEEP_OPEN_EVERY_MS) return;
    this.keptMs.set(reading.device, atMs);
    this.options.keepDetectors(reading.device, detectors.snapshot());
  }

  /** Refresh period the device was found to have, ms; null while its values move with every poll. */
  refreshMs(device: string): number | null {
    return this.normaliser.refreshMs(device);
  }

  /** What the normaliser said of a device, newest last. */
  problemsOf(device: string): readonly string[] {
    return this.problems.get(device) ?? [];
  }

  /** Drops all state of a device that is no longer collected. */
  forget(device: string): void {
    this.normaliser.forget(device);
    this.encoder.forget(device);
    this.detectors.delete(device);
    this.problems.delete(device);
    this.keptMs.delete(device);
  }

  snapshot(clean: boolean): PipelineSnapshot {
    return {
      version: 1,
      clean,
      normaliser: this.normaliser.snapshot(),
      detectors: [...this.detectors].map(([device, detectors]) => [device, detectors.snapshot()]),
    };
  }

  /** Continues from a snapshot; anything that is none is ignored. */
  restore(snapshot: unknown): void {
    const saved = snapshot as PipelineSnapshot | undefined;
    if (saved?.version !== 1) return;
    try {
      this.normaliser.restore(saved.normaliser);
      for (const [device, state] of saved.detectors) this.detectorsOf(device).restore(state);
      this.unclean = !saved.clean;
    } catch (error) {
      this.options.logger.warn({ err: error }, 'saved state cannot be used, starting afresh');
    }
  }

  /** Replaces the detectors' state of one device by a newer one than the snapshot had. */
  restoreDetectors(device: string, snapshot: unknown): void {
    try {
      this.detectorsOf(device).restore(snapshot);
    } catch (error) {
      this.options.logger.warn({ err: error, device }, 'saved findings cannot be used, starting afresh');
      this.detectors.delete(device);
    }
  }

  private detectorsOf(device: string): DeviceDetectors {
    let detectors = this.detectors.get(device);
    if (detectors === undefined) {
      detectors = createDeviceDetectors(device);
      this.detectors.set(device, detectors);
    }
    return detectors;
  }

  /**
   * After kill -9 the saved baseline is older than the last samples that were sent: an interval from it would count
   * their traffic twice. Rows that began before this process did are left out.
   */
  private dropOverlap(frame: SampleFrame): void {
    for (let port = 0; port < frame.ports.length; port++) {
      if ((frame.startMs[port] ?? 0) >= this.options.startedMs) continue;
      frame.startMs[port] = Number.NaN;
      frame.endMs[port] = Number.NaN;
      for (const column of frame.columns) column.values[port] = Number.NaN;
    }
  }

  private report(device: string, problems: readonly string[]): void {
    for (const problem of problems) {
      const last = this.told.get(problem);
      if (last !== undefined && this.readings - last < PROBLEM_REPEAT_READINGS) continue;
      this.told.set(problem, this.readings);
      this.options.logger.warn({ device, problem }, 'counter problem');
      const known = this.problems.get(device) ?? [];
      this.problems.set(device, [...known.filter((entry) => entry !== problem), problem].slice(-20));
    }
    if (this.told.size > 10_000) this.told.clear();
  }
}
