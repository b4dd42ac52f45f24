import { column, type SampleFrame } from '../samples/frame.ts';
import { type PackedArray, packArray, unpackFloat64 } from '../samples/packed.ts';
import type { DeviceNeighbours } from '../topology/fabric-map.ts';
import { DETECTOR_DEFAULTS, type DetectorConfig } from './config.ts';
import { type Detector, type DetectorMemory, type DeviceInterval, ROLE_RANK } from './detector.ts';
import type { Episode } from './episode.ts';
import { FlapControl } from './flap-control.ts';
import { advanceFinding, type Finding, loseFinding } from './hysteresis.ts';
import { incast } from './incast/index.ts';
import { linkDegraded, noteCredits } from './link-degraded/index.ts';
import { linkFlap } from './link-flap/index.ts';
import { microburst } from './microburst/index.ts';
import { packetLoss } from './packet-loss/index.ts';
import { fabricPause } from './pause-storm/fabric-pause.ts';
import { pauseStorm } from './pause-storm/index.ts';
import { isWeak, portColumns } from './port-columns.ts';
import { pressureOf } from './pressure.ts';
import { standingImbalance } from './standing-imbalance/index.ts';
import { uplinkImbalance } from './uplink-imbalance/index.ts';

/** All detectors that look at one device, in the order their episodes are told. */
const DETECTORS: readonly Detector[] = [
  linkDegraded,
  linkFlap,
  packetLoss,
  standingImbalance,
  microburst,
  pauseStorm,
  uplinkImbalance,
  incast,
  fabricPause,
];

/** The detectors of one device. Their cost and state depend on this device alone. */
export interface DeviceDetectors {
  /**
   * Takes one frame and returns the episodes that opened, got worse or ended with it. Late and repeated intervals
   * change nothing; a port that misses ten polls ends its findings as `data_lost`.
   */
  advance(frame: SampleFrame, neighbours: DeviceNeighbours): Episode[];
  /** True while there is a suspicion or an open finding: state that a restart must not find too old. */
  active(): boolean;
  /** Plain JSON of all state. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

interface FamilyState {
  /** By port number: only ports with a suspicion or finding are here. */
  findings: Map<number, Finding>;
}

interface DeviceSnapshot {
  version: 2;
  ports: string[];
  lastEndMs: [kind: string, values: PackedArray][];
  findings: [family: string, port: number, finding: Finding][];
  memory: [family: string, name: string, values: PackedArray][];
  opens?: [key: string, starts: number[]][];
}

/** The detectors of one device, with nothing seen yet. */
export function createDeviceDetectors(device: string, overrides: Partial<DetectorConfig> = {}): DeviceDetectors {
  return new Device(device, { ...DETECTOR_DEFAULTS, ...overrides });
}

class Device implements DeviceDetectors {
  private ports: readonly string[] = [];
  /** Per kind of frame (its first column tells) [port] end of the last interval, ms. */
  private lastEndMs = new Map<string, Float64Array>();
  private families = new Map<string, FamilyState>();
  private memories = new Map<string, DetectorMemory>();
  private readonly flapControl = new FlapControl();
  private ranksOf: DeviceNeighbours | undefined;
  private peerRank = new Int8Array();

  constructor(
    private readonly device: string,
    private readonly config: DetectorConfig,
  ) {}

  advance(frame: SampleFrame, neighbours: DeviceNeighbours): Episode[] {
    this.adoptPorts(frame.ports);
    this.adoptNeighbours(neighbours);
    // A relative wait is no verdict, but it tells which ports are InfiniBand.
    const credits = column(frame, 'xmitWaitFraction');
    if (credits !== undefined) noteCredits(this.memoryOf(linkDegraded.family), credits);
    if (isWeak(frame)) return [];
    const told: Episode[] = [];
    const fresh = this.withoutStale(frame);
    const columns = portColumns(fresh);
    const interval: DeviceInterval = {
      frame: fresh,
      columns,
      pressure: pressureOf(columns, fresh.ports.length),
      neighbours,
      peerRank: this.peerRank,
      config: this.config,
    };
    for (const detector of DETECTORS) this.run(detector, interval, told);
    this.dropSilent(frame, told);
    return told;
  }

  active(): boolean {
    for (const { findings } of this.families.values()) if (findings.size > 0) return true;
    return false;
  }

  private run(detector: Detector, interval: DeviceInterval, told: Episode[]): void {
    const { findings } = this.familyOf(detector.family);
    const { ports, endMs } = interval.frame;
    detector.look(
      interval,
      this.memoryOf(detector.family),
      (port) => findings.get(port),
      (port, signal) => {
        if (Number.isNaN(endMs[port] ?? Number.NaN)) return;
        const finding = findings.get(port);
        const key = `${detector.family}\n${ports[port] ?? ''}`;
        const step = advanceFinding(
          finding ?? null,
          this.flapControl.calm(key, finding, signal, this.config),
          this.device,
          ports[port] ?? '',
          detector.family,
          this.config,
        );
        if (step.finding === null) findings.delete(port);
        else findings.set(port, step.finding);
        if (step.told !== null) told.push(this.flapControl.note(key, step.told, this.config));
      },
    );
  }

  /** Intervals that end before or with the last one of their kind are blanked; the frame itself is left alone. */
  private withoutStale(frame: SampleFrame): SampleFrame {
    const first = frame.columns[0];
    const kind = first === undefined ? '' : `${first.field}:${first.priority}`;
    let last = this.lastEndMs.get(kind);
    if (last === undefined || last.length !== frame.ports.length) {
      last = new Float64Array(frame.ports.length).fill(Number.NaN);
      this.lastEndMs.set(kind, last);
    }
    let endMs = frame.endMs;
    for (let port = 0; port < frame.ports.length; port++) {
      const end = frame.endMs[port] ?? Number.NaN;
      if (end <= (last[port] ?? Number.NaN)) {
        if (endMs === frame.endMs) endMs = Float64Array.from(frame.endMs);
        endMs[port] = Number.NaN;
      } else if (!Number.isNaN(end)) last[port] = end;
    }
    return endMs === frame.endMs ? frame : { ...frame, endMs };
  }

  /** Ends findings of ports that were silent while the rest of the device went on. */
  private dropSilent(frame: SampleFrame, told: Episode[]): void {
    let now = Number.NaN;
    let interval = 0;
    for (let port = 0; port < frame.ports.length; port++) {
      const end = frame.endMs[port] ?? Number.NaN;
      if (end <= now || Number.isNaN(end)) continue;
      now = end;
      interval = end - (frame.startMs[port] ?? end);
    }
    if (!(interval > 0)) return;
    for (const { findings } of this.families.values()) {
      for (const [port, finding] of findings) {
        if (now - finding.lastEndMs <= this.config.lostAfterIntervals * interval) continue;
        findings.delete(port);
        const episode = loseFinding(finding);
        if (episode !== null) told.push(episode);
      }
    }
  }

  private adoptPorts(ports: readonly string[]): void {
    if (ports === this.ports) return;
    const same = ports.length === this.ports.length && ports.every((port, index) => port === this.ports[index]);
    if (!same) this.remap(ports);
    this.ports = ports;
    this.ranksOf = undefined;
  }

  private remap(ports: readonly string[]): void {
    const from = new Map(this.ports.map((port, index) => [port, index]));
    const source = ports.map((port) => from.get(port) ?? -1);
    const move = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(ports.length).fill(Number.NaN);
      for (const [index, previous] of source.entries()) if (previous >= 0) next[index] = old[previous] ?? Number.NaN;
      return next;
    };
    for (const [kind, values] of this.lastEndMs) this.lastEndMs.set(kind, move(values));
    for (const memory of this.memories.values()) {
      for (const [name, values] of memory.perPort) memory.perPort.set(name, move(values));
    }
    const to = new Map<number, number>();
    for (const [index, previous] of source.entries()) if (previous >= 0) to.set(previous, index);
    for (const family of this.families.values()) {
      const moved = new Map<number, Finding>();
      for (const [port, finding] of family.findings) {
        const index = to.get(port);
        if (index !== undefined) moved.set(index, finding);
      }
      family.findings = moved;
    }
  }

  private adoptNeighbours(neighbours: DeviceNeighbours): void {
    if (neighbours === this.ranksOf) return;
    this.ranksOf = neighbours;
    this.peerRank = Int8Array.from(this.ports, (port) => {
      const neighbour = neighbours.byPort.get(port);
      return neighbour === undefined ? -1 : ROLE_RANK[neighbour.peerRole];
    });
  }

  private familyOf(family: string): FamilyState {
    let state = this.families.get(family);
    if (state === undefined) {
      state = { findings: new Map() };
      this.families.set(family, state);
    }
    return state;
  }

  private memoryOf(family: string): DetectorMemory {
    let memory = this.memories.get(family);
    if (memory === undefined) {
      memory = { perPort: new Map() };
      this.memories.set(family, memory);
    }
    return memory;
  }

  snapshot(): DeviceSnapshot {
    const findings: DeviceSnapshot['findings'] = [];
    for (const [family, state] of this.families) {
      for (const [port, finding] of state.findings) findings.push([family, port, structuredClone(finding)]);
    }
    const memory: DeviceSnapshot['memory'] = [];
    for (const [family, { perPort }] of this.memories) {
      for (const [name, values] of perPort) memory.push([family, name, packArray(values)]);
    }
    return {
      version: 2,
      ports: [...this.ports],
      lastEndMs: [...this.lastEndMs].map(([kind, values]) => [kind, packArray(values)]),
      findings,
      memory,
      opens: this.flapControl.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const saved = snapshot as DeviceSnapshot;
    if (saved?.version !== 2) return;
    this.ports = saved.ports;
    this.ranksOf = undefined;
    this.lastEndMs = new Map(saved.lastEndMs.map(([kind, values]) => [kind, unpackFloat64(values)]));
    this.families = new Map();
    for (const [family, port, finding] of saved.findings) {
      this.familyOf(family).findings.set(port, structuredClone(finding));
    }
    this.memories = new Map();
    for (const [family, name, values] of saved.memory) {
      this.memoryOf(family).perPort.set(name, unpackFloat64(values));
    }
    this.flapControl.restore(saved.opens ?? []);
  }
}
