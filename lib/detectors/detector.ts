import type { SampleFrame } from '../samples/frame.ts';
import type { DeviceNeighbours } from '../topology/fabric-map.ts';
import type { DetectorConfig } from './config.ts';
import type { Episode } from './episode.ts';
import type { Finding, Signal } from './hysteresis.ts';
import type { PortColumns } from './port-columns.ts';
import type { Pressure } from './pressure.ts';

/** One poll of one device, ready for detectors. */
export interface DeviceInterval {
  frame: SampleFrame;
  columns: PortColumns;
  neighbours: DeviceNeighbours;
  /** [port] role of the far end as a small number, see ROLE_RANK. */
  peerRank: Int8Array;
  config: DetectorConfig;
  /** Pause the device asserts by itself, and from where. */
  pressure: Pressure;
}

/** How far a role stands from the hosts; unknown is -1. */
export const ROLE_RANK = { unknown: -1, switch: -1, host: 0, leaf: 1, spine: 2, core: 3 } as const;

/** What a detector remembers of a device beside its findings: one number per port and name, plain data. */
export interface DetectorMemory {
  /** Numbers per port, by name; NaN = nothing learned. */
  perPort: Map<string, Float64Array>;
}

/** A detector looks at one interval of one device and emits a signal for each port that concerns it. */
export interface Detector {
  /** Stable name of the suspicion; part of episode ids. */
  family: string;
  /**
   * Calls `emit` for every port with something to say: evidence, or quiet time for an open finding.
   * `open` tells whether a port has a finding or suspicion, so that quiet ports cost nothing.
   */
  look(
    interval: DeviceInterval,
    memory: DetectorMemory,
    open: (port: number) => Finding | undefined,
    emit: (port: number, signal: Signal) => void,
  ): void;
}

/** Episodes that changed. */
export type EpisodeSink = (episode: Episode) => void;

/** A per-port array of a detector's memory, made on first use. */
export function memoryOf(memory: DetectorMemory, name: string, ports: number): Float64Array {
  let values = memory.perPort.get(name);
  if (values === undefined || values.length !== ports) {
    values = new Float64Array(ports).fill(Number.NaN);
    memory.perPort.set(name, values);
  }
  return values;
}
