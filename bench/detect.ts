import { createNormaliser } from '../lib/counters/index.ts';
import type { CounterName, ReadingFrame } from '../lib/counters/reading.ts';
import { createDeviceDetectors, type DeviceDetectors } from '../lib/detectors/index.ts';
import { createAnalysis } from '../lib/pipeline/analysis.ts';
import type { DeviceNeighbours } from '../lib/topology/index.ts';
import { FabricMap } from '../lib/topology/index.ts';
import type { DeviceInfo, Link } from '../lib/topology/types.ts';
import { type BenchResult, readOptions } from './benchmark.ts';

const COUNTERS: readonly CounterName[] = [
  'rxBytes',
  'txBytes',
  'rxPackets',
  'txPackets',
  'rxPauseUs',
  'txPauseUs',
  'rxPauseFrames',
  'txPauseFrames',
  'ecnMarkedPackets',
  'drops',
];

interface Fabric {
  devices: DeviceInfo[];
  links: Link[];
}

/** Leaves of 64 ports, half of them uplinks to 32 spines; hosts are known but not polled. */
function buildFabric(leaves: number): Fabric {
  const devices: DeviceInfo[] = [];
  const links: Link[] = [];
  for (let spine = 0; spine < 32; spine++) devices.push({ device: `spine${spine}`, role: 'spine', polled: true });
  for (let leaf = 0; leaf < leaves; leaf++) {
    devices.push({ device: `leaf${leaf}`, role: 'leaf', polled: true });
    for (let port = 0; port < 32; port++) {
      devices.push({ device: `host${leaf}-${port}`, role: 'host', polled: false });
      links.push({
        a: { device: `leaf${leaf}`, port: `${port + 1}` },
        b: { device: `host${leaf}-${port}`, port: '1' },
        source: 'config',
      });
      links.push({
        a: { device: `leaf${leaf}`, port: `${port + 33}` },
        b: { device: `spine${port}`, port: `${leaf + 1}` },
        source: 'config',
      });
    }
  }
  return { devices, links };
}

/** One poll of one device: loaded ports, a little pause between switches, `stuck` ports of hosts held all the time. */
function pollOf(device: string, ports: readonly string[], tick: number, pollMs: number, stuck: number): ReadingFrame {
  const seconds = (tick * pollMs) / 1000;
  const frame: ReadingFrame = {
    device,
    ports,
    atMs: new Float64Array(ports.length).fill(tick * pollMs),
    clockErrorMs: 1,
    linkRateBitsPerSec: new Float64Array(ports.length).fill(400e9),
    linkUp: new Uint8Array(ports.length).fill(1),
    counters: [],
    gauges: [],
  };
  for (const counter of COUNTERS) {
    const low = new Uint32Array(ports.length);
    const high = new Uint32Array(ports.length);
    for (let port = 0; port < ports.length; port++) {
      const value = growth(counter, port, stuck, device.startsWith('leaf')) * seconds;
      high[port] = Math.floor(value / 2 ** 32);
      low[port] = value % 2 ** 32;
    }
    frame.counters.push({
      counter,
      priority: -1,
      widthBits: 64,
      high,
      low,
      present: new Uint8Array(ports.length).fill(1),
    });
  }
  return frame;
}

function growth(counter: CounterName, port: number, stuck: number, leaf: boolean): number {
  if (counter.endsWith('Bytes')) return 2e10 + port * 1e7;
  if (counter.endsWith('Packets') && counter !== 'ecnMarkedPackets') return 1e7;
  if (counter === 'ecnMarkedPackets') return 1e4 * (port % 3);
  if (counter === 'rxPauseUs') return leaf && port < stuck ? 700_000 : 2_000 * (port % 5);
  if (counter === 'txPauseUs') return 2_000 * (port % 7);
  return 0;
}

function milliseconds(usage: NodeJS.CpuUsage): number {
  return Math.round((usage.user + usage.system) / 100) / 10;
}

/**
 * Cost of one poll of a big fabric through normaliser, detectors and diagnosis, and the memory they hold; a storm stands at two ports of every eighth leaf.
 */
function measure(leaves: number, polls: number, pollMs: number): BenchResult {
  const fabric = buildFabric(leaves);
  const map = new FabricMap(fabric.devices, fabric.links);
  const polled = fabric.devices.filter((device) => device.polled).map((device) => device.device);
  const portsOf = new Map(polled.map((device) => [device, [...map.linkedPorts(device)] as readonly string[]]));
  const total = [...portsOf.values()].reduce((sum, ports) => sum + ports.length, 0);
  globalThis.gc?.();
  const before = process.memoryUsage();
  const normaliser = createNormaliser();
  const detectors = new Map<string, { detectors: DeviceDetectors; neighbours: DeviceNeighbours }>(
    polled.map((device) => [
      device,
      { detectors: createDeviceDetectors(device), neighbours: map.neighboursOf(device) },
    ]),
  );
  const analysis = createAnalysis();
  analysis.setTopology(fabric.devices, fabric.links);
  const normalise: number[] = [];
  const detect: number[] = [];
  const diagnose: number[] = [];
  let incidents = 0;
  for (let tick = 0; tick <= polls; tick++) {
    const readings = polled.map((device, index) =>
      pollOf(device, portsOf.get(device) ?? [], tick, pollMs, index % 8 === 7 && tick > polls / 2 ? 2 : 0),
    );
    let start = process.cpuUsage();
    const frames = readings.flatMap((reading) => normaliser.advance(reading).frames);
    normalise.push(milliseconds(process.cpuUsage(start)));
    start = process.cpuUsage();
    for (const frame of frames) {
      const device = detectors.get(frame.device);
      if (device !== undefined) analysis.addEpisodes(device.detectors.advance(frame, device.neighbours));
    }
    detect.push(milliseconds(process.cpuUsage(start)));
    start = process.cpuUsage();
    for (const frame of frames) analysis.addFrame(frame);
    incidents += analysis.advance(tick * pollMs).incidents.length;
    diagnose.push(milliseconds(process.cpuUsage(start)));
  }
  globalThis.gc?.();
  const after = process.memoryUsage();
  const held = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const both = detect.map((value, index) => value + (diagnose[index] ?? 0)).slice(2);
  return {
    bench: 'detect',
    ports: total,
    polls,
    normaliseCpuMsPerPoll: median(normalise.slice(2)),
    detectCpuMsPerPoll: median(detect.slice(2)),
    diagnoseCpuMsPerPoll: median(diagnose.slice(2)),
    detectAndDiagnoseCpuMsPerPoll: median(both),
    detectAndDiagnoseCpuMsWorst: Math.max(...both),
    // Without --expose-gc what is held and what is garbage cannot be told apart.
    bytesPerPort: globalThis.gc === undefined ? null : Math.round(held / total),
    incidentUpdates: incidents,
  };
}

/** `npm run -s bench -- detect [--leaves 47,313] [--polls 12]`; with NODE_OPTIONS=--expose-gc it measures memory too. */
export function* run(args: string[]): Generator<BenchResult> {
  const options = readOptions(args, { leaves: '47,313', polls: '12', 'poll-ms': '5000' });
  for (const leaves of options.leaves.split(',')) {
    yield measure(Number(leaves), Number(options.polls), Number(options['poll-ms']));
  }
}
