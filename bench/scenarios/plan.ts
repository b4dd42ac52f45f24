import { buildCluster, type Cluster, type ClusterOptions } from '../../demo/fabric/cluster.ts';
import { pick, STREAM, uniform } from '../../demo/fabric/draws.ts';
import { FAULT_KINDS, type Fault, type FaultKind, isNetworkFault } from '../../demo/fabric/faults.ts';
import { placeFault } from '../../demo/fabric/placement.ts';
import { TICK_MS } from '../../demo/fabric/settings.ts';

/** What a scenario is about; `victim` is a storm at a host of no job, `two-faults` are two at once. */
export type ScenarioKind = FaultKind | 'healthy' | 'healthy-busy' | 'victim' | 'two-faults';

/** In the order in which seeds take them. */
export const SCENARIO_KINDS: readonly ScenarioKind[] = [
  'healthy',
  'healthy-busy',
  ...FAULT_KINDS.flatMap((kind): ScenarioKind[] => (kind === 'pause-storm' ? [kind, 'victim'] : [kind])),
  'two-faults',
];

type Level = 'weak' | 'medium' | 'strong';
const LEVELS: readonly Level[] = ['weak', 'medium', 'strong'];

/** Strength per kind and level (units: Fault.strength). Weak is at the edge of what can be seen. */
const STRENGTHS: Record<FaultKind, Record<Level, number>> = {
  'pause-storm': { weak: 0.25, medium: 0.5, strong: 0.85 },
  'slow-receiver': { weak: 0.3, medium: 0.5, strong: 0.8 },
  incast: { weak: 0.4, medium: 0.7, strong: 1.1 },
  'link-degraded': { weak: 0.5, medium: 0.75, strong: 0.9 },
  'ecmp-collision': { weak: 1, medium: 1, strong: 1 },
  'link-flap': { weak: 0.3, medium: 0.5, strong: 0.7 },
  'packet-loss': { weak: 0.002, medium: 0.008, strong: 0.02 },
  'pfc-deadlock': { weak: 1, medium: 1, strong: 1 },
  'compute-straggler': { weak: 0.2, medium: 0.5, strong: 1 },
  'data-stall': { weak: 0.5, medium: 1.5, strong: 4 },
  checkpoint: { weak: 1, medium: 3, strong: 8 },
};

export interface ScenarioPlan {
  name: string;
  kind: ScenarioKind;
  level: Level | null;
  seed: number;
  cluster: Cluster;
  faults: Fault[];
  durationMs: number;
  sampleMs: number;
  /** Switch counters change only this often, ms; 0 = with every sample. */
  refreshMs: number;
}

const DURATION_MS = 200_000;
/** Nothing goes wrong before: a baseline needs quiet steps. */
const QUIET_MS = 40_000;
const REST_MS = 25_000;

/** The seed-th scenario: its kind goes round, everything else is drawn from the seed. */
export function planScenario(seed: number, wanted?: ScenarioKind, sampleMs = 250): ScenarioPlan {
  const kind = wanted ?? SCENARIO_KINDS[seed % SCENARIO_KINDS.length] ?? 'healthy';
  const draw = (key: number): number => uniform(seed, STREAM.scenario, key);
  const level = LEVELS[pick(3, seed, STREAM.scenario, 1)] ?? 'medium';
  const cluster = buildCluster(clusterOptions(seed, kind, draw));
  const healthy = kind === 'healthy' || kind === 'healthy-busy';
  return {
    name: `${kind}${healthy ? '' : `-${level}`}-${String(seed).padStart(4, '0')}`,
    kind,
    level: healthy ? null : level,
    seed,
    cluster,
    faults: healthy ? [] : planFaults(seed, kind, level, cluster),
    durationMs: DURATION_MS,
    sampleMs,
    refreshMs: draw(30) < 0.15 ? 2000 : 0,
  };
}

function clusterOptions(seed: number, kind: ScenarioKind, draw: (key: number) => number): ClusterOptions {
  const choose = <T>(key: number, list: readonly [T, ...T[]]): T =>
    list[Math.floor(draw(key) * list.length)] ?? list[0];
  const [hostsPerLeaf, spines] = choose<readonly [number, number]>(2, [
    [4, 2],
    [4, 4],
    [8, 4],
    [8, 4],
  ]);
  const hostRateBitsPerSec = choose(4, [100e9, 200e9, 400e9]);
  // One to one: a leaf's uplinks carry what its hosts can send.
  const uplinkRateBitsPerSec = (hostsPerLeaf / spines) * hostRateBitsPerSec;
  const rateScale = hostRateBitsPerSec / 100e9;
  const ecnMinBytes = choose(6, [50_000, 100_000, 200_000]);
  return {
    seed,
    topology: { leaves: choose(7, [3, 4]), spines, hostsPerLeaf, hostRateBitsPerSec, uplinkRateBitsPerSec },
    settings: {
      // Buffers and thresholds grow with the port rate, as those of successive switch generations do.
      switchBufferBytes: choose(8, [4e6, 8e6, 16e6]) * rateScale,
      xoffAlpha: choose(9, [0.0625, 0.125, 0.25]),
      xonGapBytes: 40_000 * rateScale,
      ecnMinBytes,
      ecnMaxBytes: ecnMinBytes * choose(10, [2, 4, 8]),
      ecnMaxProbability: choose(11, [0.05, 0.2, 0.5]),
      nicBufferBytes: 600_000 * rateScale,
    },
    ringHostsPerLeaf: hostsPerLeaf / 2,
    moeHostsPerLeaf: Math.floor(hostsPerLeaf / 4),
    backgroundLoad: kind === 'healthy-busy' ? 0.35 + 0.3 * draw(12) : 0.03 + 0.15 * draw(12),
    computeSpread: 0.004 + 0.012 * draw(13),
    expertSkew: 0.02 + 0.13 * draw(14),
    stepScale: 0.7 + 0.6 * draw(15),
  };
}

function planFaults(seed: number, kind: ScenarioKind, level: Level, cluster: Cluster): Fault[] {
  const draw = (turn: number, key: number): number => uniform(seed, STREAM.scenario, 100 + turn, key);
  const strengthOf = (fault: FaultKind, turn: number): number => STRENGTHS[fault][level] * (0.85 + 0.3 * draw(turn, 1));
  const make = (id: number, fault: FaultKind, startMs: number, lengthMs: number, foreign: boolean): Fault => {
    const strength = strengthOf(fault, id);
    return {
      ...placeFault(cluster, fault, seed, id, { foreign, senders: 3 + Math.floor(draw(id, 3) * 6) }),
      id,
      kind: fault,
      startMs: roundToTick(startMs),
      endMs: roundToTick(startMs + lengthMs),
      strength: isNetworkFault(fault) && fault !== 'incast' ? Math.min(strength, 0.95) : strength,
    };
  };
  if (kind === 'two-faults') return twoFaults(make, draw);
  const fault: FaultKind = kind === 'victim' ? 'pause-storm' : (kind as FaultKind);
  const faults: Fault[] = [];
  let at = QUIET_MS + 15_000 * draw(0, 4);
  for (let turn = 0; turn < 3; turn++) {
    const lengthMs = faultLength(fault, draw(turn, 5));
    if (at + lengthMs > DURATION_MS - 15_000) break;
    faults.push(make(turn, fault, at, lengthMs, kind === 'victim'));
    at += lengthMs + REST_MS * (1 + draw(turn, 6));
  }
  return faults;
}

function twoFaults(
  make: (id: number, fault: FaultKind, startMs: number, lengthMs: number, foreign: boolean) => Fault,
  draw: (turn: number, key: number) => number,
): Fault[] {
  const network: FaultKind[] = ['pause-storm', 'incast', 'link-degraded', 'ecmp-collision', 'slow-receiver'];
  const other: FaultKind[] = ['compute-straggler', 'data-stall', ...network];
  const first = network[Math.floor(draw(0, 7) * network.length)] ?? 'pause-storm';
  const second = other.filter((kind) => kind !== first)[Math.floor(draw(1, 7) * (other.length - 1))] ?? 'incast';
  const at = QUIET_MS + 15_000 * draw(0, 4);
  return [
    make(0, first, at, 40_000, false),
    make(1, second, at + 15_000 + 10_000 * draw(0, 8), 40_000, false),
    make(2, first, at + 90_000, 30_000, draw(2, 8) < 0.5),
  ];
}

/** Short ones too: a storm of three seconds is one interval of a 5 s poll. */
function faultLength(kind: FaultKind, draw: number): number {
  if (kind === 'checkpoint') return 6000;
  if (kind === 'compute-straggler' || kind === 'data-stall') return 15_000 + 20_000 * draw;
  return draw < 0.2 ? 4000 + 10_000 * draw : 10_000 + 30_000 * draw;
}

function roundToTick(ms: number): number {
  return Math.round(ms / TICK_MS) * TICK_MS;
}
