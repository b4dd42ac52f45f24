import { createDeviceDetectors, type DeviceDetectors } from '../../../lib/detectors/index.ts';
import { createDiagnosis, type Diagnosis } from '../../../lib/diagnosis/index.ts';
import { FabricMap } from '../../../lib/topology/index.ts';
import type { DeviceInfo, JobPlacement, Link } from '../../../lib/topology/types.ts';
import { frame, type Values } from '../detectors/frames.ts';

/** What every port of a fabric does in one second, by `device/port`; ports not named are quiet. */
export type Second = Record<
  string,
  { rxPause?: number; txPause?: number; util?: number; ecn?: number; rate?: number; rxBytes?: number; drops?: number }
>;

/** A fabric with detectors and diagnosis, driven second by second. */
export class World {
  diagnosis: Diagnosis = createDiagnosis();
  private readonly detectors = new Map<string, DeviceDetectors>();
  private readonly map: FabricMap;
  private second = 0;
  unpolled = new Set<string>();

  constructor(
    readonly fabric: { devices: DeviceInfo[]; links: Link[] },
    jobs: JobPlacement[] = [],
    private readonly withEcn = true,
    /** Length of a poll, ms. */
    private readonly pollMs = 1000,
  ) {
    this.map = new FabricMap(fabric.devices, fabric.links);
    this.diagnosis.setTopology(fabric.devices, fabric.links);
    this.diagnosis.setJobs(jobs);
  }

  /** Polls so many times; what is given holds in all of them. */
  run(polls: number, what: Second = {}): void {
    for (let turn = 0; turn < polls; turn++) {
      const startMs = this.second * this.pollMs;
      this.second++;
      for (const { device } of this.fabric.devices) if (!this.unpolled.has(device)) this.poll(device, startMs, what);
      this.diagnosis.advance(this.second * this.pollMs);
    }
  }

  private poll(device: string, startMs: number, what: Second): void {
    const ports = this.map.linkedPorts(device);
    const of = <K extends keyof Second[string]>(key: K, missing: number): number[] =>
      ports.map((port) => what[`${device}/${port}`]?.[key] ?? missing);
    const values: Values = {
      rxPauseFraction: of('rxPause', 0),
      txPauseFraction: of('txPause', 0),
      txUtilFraction: of('util', 0.3),
      rxUtilFraction: ports.map(() => 0.3),
      rxBytesPerSec: of('rxBytes', 3e9),
      dropsPerSec: of('drops', 0),
      txPacketsPerSec: ports.map(() => 1e6),
      linkRateBitsPerSec: of('rate', 100e9),
      ...(this.withEcn ? { ecnMarkFraction: of('ecn', 0) } : {}),
    };
    let detectors = this.detectors.get(device);
    if (detectors === undefined) {
      detectors = createDeviceDetectors(device);
      this.detectors.set(device, detectors);
    }
    const one = frame(device, ports, startMs, startMs + this.pollMs, values);
    this.diagnosis.addEpisodes(detectors.advance(one, this.map.neighboursOf(device)));
    this.diagnosis.addFrame(one);
  }

  restart(): void {
    const saved = JSON.parse(JSON.stringify(this.diagnosis.snapshot()));
    this.diagnosis = createDiagnosis();
    this.diagnosis.restore(saved);
  }

  counted() {
    return this.diagnosis.incidents().filter((incident) => incident.severity !== 'info');
  }
}

/** A job of one rank a host. */
export const job = (name: string, hosts: string[]): JobPlacement => ({
  job: name,
  hosts,
  ranks: hosts.map((device, rank) => ({ rank, device, port: '1' })),
  source: 'config',
});
