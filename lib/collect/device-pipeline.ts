import { ColumnPool, createNormaliser } from '../counters/index.ts';
import type { CounterName, ReadingFrame } from '../counters/reading.ts';
import { createDeviceDetectors, type DeviceDetectors } from '../detectors/index.ts';
import type { Logger } from '../logger.ts';
import { FrameEncoder } from '../samples/encode.ts';
import type { SampleFrame } from '../samples/frame.ts';
import type { DeviceNeighbours } from '../topology/index.ts';
import type { Delivery } from './delivery.ts';
import { phaseMs } from './phase.ts';
import type { PipelineState } from './pipeline-state.ts';
import { QueuePeaks } from './queue-peaks.ts';

export interface DevicePipelineOptions {
  delivery: Pick<Delivery, 'samples' | 'event'>;
  /** What the detectors of a device may know of its cables; the same object while nothing changes. */
  neighboursOf(device: string): DeviceNeighbours;
  /** Where state survives a restart; without it nothing does. */
  state?: Pick<PipelineState, 'load' | 'keep' | 'keepFindings'>;
  logger: Logger;
  /** When this process began, Unix ms. */
  startedMs: number;
}

/** How far back the saved state of an open finding may lie, ms: a kill shortens no incident by more than this. */
const KEEP_OPEN_EVERY_MS = 2000;
/** How often the rest (calibrations, refresh periods) is kept, ms: it is large on a large fabric and can wait. */
const KEEP_DEVICE_EVERY_MS = 60_000;
/** Told again when it happens again after this many readings of the device. */
const PROBLEM_REPEAT_READINGS = 600;

/**
 * From raw readings to what leaves the collector: samples as line protocol, episodes as events. One instance serves
 * all devices of a process; each call handles one poll of one device and returns when its data is in the spool.
 */
export class DevicePipeline {
  private readonly columns = new ColumnPool();
  private readonly normaliser = createNormaliser(this.columns);
  private readonly encoder = new FrameEncoder();
  /** Of samples that come as such: their ports are others than those of the readings. */
  private readonly besideEncoder = new FrameEncoder();
  private readonly peaks = new QueuePeaks();
  private readonly detectors = new Map<string, DeviceDetectors>();
  private readonly told = new Map<string, number>();
  /** When a device's findings were last kept, and when the rest is due, by the time of its readings, Unix ms. */
  private readonly keptMs = new Map<string, { findings: number; deviceDue: number }>();
  /** Devices whose saved baseline may be older than the last samples that were sent. */
  private readonly unclean = new Set<string>();
  private readings = 0;
  /** Problems the normaliser named, by device: for target health. */
  private readonly problems = new Map<string, string[]>();

  constructor(private readonly options: DevicePipelineOptions) {}

  /** One poll. @returns the frames it gave; they are valid until the next poll, of whatever device */
  advance(reading: ReadingFrame): SampleFrame[] {
    this.readings++;
    this.columns.release();
    const detectors = this.detectorsOf(reading.device);
    const { frames, problems } = this.normaliser.advance(this.peaks.joinTo(reading));
    this.report(reading.device, problems);
    if (this.unclean.has(reading.device)) for (const frame of frames) this.dropOverlap(frame);
    this.options.delivery.samples(this.encoder.encode(frames));
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

  /** Samples that a source has made itself, of a device that another may read. */
  add(frames: readonly SampleFrame[]): void {
    this.options.delivery.samples(this.besideEncoder.encode(frames));
    for (const frame of frames) this.peaks.note(frame);
  }

  /**
   * Findings are kept when they change, after their episodes are in the spool, and every few seconds while one is open:
   * a finding that is open when the process is killed must be found again, or nobody would ever end it, and what it was
   * known to last until then must not be forgotten.
   */
  private keep(reading: ReadingFrame, detectors: DeviceDetectors, changed: boolean): void {
    const { state } = this.options;
    if (state === undefined) return;
    const { device } = reading;
    const atMs = reading.atMs.find((time) => !Number.isNaN(time)) ?? 0;
    let kept = this.keptMs.get(device);
    if (kept === undefined) {
      kept = { findings: Number.NEGATIVE_INFINITY, deviceDue: atMs + phaseMs(device, KEEP_DEVICE_EVERY_MS) };
      this.keptMs.set(device, kept);
    }
    if (changed || (detectors.active() && Math.abs(atMs - kept.findings) >= KEEP_OPEN_EVERY_MS)) {
      kept.findings = atMs;
      state.keepFindings(device, detectors.snapshot());
    }
    // A clock that was set back must not put it off.
    if (atMs >= kept.deviceDue || kept.deviceDue - atMs > KEEP_DEVICE_EVERY_MS) {
      kept.deviceDue = atMs + KEEP_DEVICE_EVERY_MS;
      this.keepDevice(device, detectors);
    }
  }

  private keepDevice(device: string, detectors: DeviceDetectors): void {
    this.options.state?.keep(device, this.normaliser.snapshotOf(device), detectors.snapshot());
  }

  /** Keeps all that is known: before the process ends. */
  keepAll(): void {
    for (const [device, detectors] of this.detectors) this.keepDevice(device, detectors);
  }

  /** Refresh period these counters of the device were found to have, ms; null while they move with every poll. */
  refreshMs(device: string, counters?: readonly CounterName[]): number | null {
    return this.normaliser.refreshMs(device, counters);
  }

  /** What the normaliser said of a device, newest last. */
  problemsOf(device: string): readonly string[] {
    return this.problems.get(device) ?? [];
  }

  /** Drops all state of a device that is no longer collected. */
  forget(device: string): void {
    this.normaliser.forget(device);
    this.encoder.forget(device);
    this.besideEncoder.forget(device);
    this.peaks.forget(device);
    this.detectors.delete(device);
    this.problems.delete(device);
    this.keptMs.delete(device);
    this.unclean.delete(device);
  }

  /** The detectors of a device; on its first reading everything about it continues from what was kept. */
  private detectorsOf(device: string): DeviceDetectors {
    const known = this.detectors.get(device);
    if (known !== undefined) return known;
    const detectors = this.restored(device) ?? createDeviceDetectors(device);
    this.detectors.set(device, detectors);
    return detectors;
  }

  private restored(device: string): DeviceDetectors | undefined {
    const saved = this.options.state?.load(device);
    if (saved === undefined) return undefined;
    try {
      const detectors = createDeviceDetectors(device);
      detectors.restore(saved.detectors);
      if (saved.normaliser !== undefined) this.normaliser.restoreDevice(device, saved.normaliser);
      if (!saved.clean) this.unclean.add(device);
      return detectors;
    } catch (error) {
      this.options.logger.warn({ err: error, device }, 'saved state cannot be used, starting afresh');
      this.normaliser.forget(device);
      return undefined;
    }
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
