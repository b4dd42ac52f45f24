import type { Evidence } from '../../../lib/detectors/episode.ts';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { LLAMA } from './jobs.ts';
import { MINUTE_MS, type Scene, STEP_MS } from './scene.ts';
import { downlink, HOSTILE_PORT, SPINES, uplink } from './topology.ts';

const ROOT = { device: 'leaf3', port: 'Ethernet1/5' };
/** The spines' ports towards leaf3: the first that the storm blocks. */
const BLOCKED_SPINES = SPINES.map((spine) => downlink(spine, 2));
/** Their ports towards the spines wait next. */
const BLOCKED_LEAVES = ['leaf1', 'leaf2'];

/** Newest first: the storm while it lasts, and an incast that is over. */
export function incidentsOf(scene: Scene): Incident[] {
  if (scene.mode === 'empty' || scene.mode === 'quiet') return [];
  const storm = stormOf(scene);
  const incast: Incident = {
    ...storm,
    id: 'inc/../incast?1',
    kind: 'incast',
    rootDevice: HOSTILE_PORT.device,
    rootPort: HOSTILE_PORT.port,
    startMs: scene.startMs + 4 * MINUTE_MS,
    endMs: scene.startMs + 5 * MINUTE_MS,
    detectedMs: scene.startMs + 4 * MINUTE_MS + 3000,
    severity: 'warning',
    confidence: 0.71,
    summary: '11 senders met at one port of leaf4 for a minute.',
    victims: [{ device: 'leaf4', port: 'Ethernet1/2' }],
    edges: [],
    jobs: [],
    notVisible: [],
  };
  return scene.mode === 'storm' ? [storm, incast] : [incast];
}

/** gpu21 pauses its leaf; four spines and two leaves wait for it. */
function stormOf(scene: Scene): Incident {
  const startMs = scene.stormMs;
  const stormSteps = (scene.now() - startMs) / STEP_MS;
  const lost = (secondsPerStep: number) => Math.max(0, stormSteps * secondsPerStep);
  return {
    id: 'inc-storm',
    kind: 'pause-storm',
    rootDevice: ROOT.device,
    rootPort: ROOT.port,
    priority: 3,
    startMs,
    endMs: null,
    detectedMs: startMs + 2000,
    severity: 'critical',
    confidence: 0.93,
    summary:
      'gpu21/mlx5_0 keeps telling leaf3/Ethernet1/5 to stop (66 % of the time on priority 3); four spines and two leaves wait for it. Look at the NIC of gpu21.',
    victims: [
      ...BLOCKED_SPINES,
      ...BLOCKED_LEAVES.flatMap((leaf) => SPINES.map((_, spineIndex) => uplink(leaf, spineIndex))),
    ],
    senders: [
      { device: 'gpu03', port: 'mlx5_0' },
      { device: 'gpu11', port: 'mlx5_0' },
    ],
    edges: [
      ...BLOCKED_SPINES.map((from, index) => ({ from, to: ROOT, weight: 0.97 - index * 0.1 })),
      ...BLOCKED_LEAVES.flatMap((leaf) =>
        BLOCKED_SPINES.map((to, spineIndex) => ({
          from: uplink(leaf, spineIndex),
          to,
          weight: leaf === 'leaf1' ? 0.8 : 0.4,
        })),
      ),
    ],
    jobs: [
      {
        job: LLAMA.name,
        lostSeconds: lost(1.45),
        lostSecondsLow: lost(1.2),
        lostSecondsHigh: lost(1.6),
        steps: Math.floor(stormSteps),
      },
    ],
    evidence: evidenceOf(startMs, scene.now()),
    notVisible: ['spine4 is silent: its part of the path is inferred from leaf1 and leaf3'],
  };
}

function evidenceOf(startMs: number, endMs: number): Evidence[] {
  return [
    {
      text: 'rx pause 66 % of the interval at leaf3/Ethernet1/5, 20 intervals in a row',
      metric: 'rxPauseFraction',
      value: 0.66,
      threshold: 0.35,
      unit: 'fraction',
      startMs,
      endMs,
      basis: 'measured',
      port: ROOT,
    },
    {
      text: 'the port sent at 31 % of its rate meanwhile: not an incast',
      metric: 'txUtilFraction',
      value: 0.31,
      threshold: 0.9,
      unit: 'fraction',
      startMs,
      endMs,
      basis: 'measured',
      port: ROOT,
    },
    {
      text: 'pause of spine1/Ethernet1/3 follows within one interval',
      metric: 'rxPauseFraction',
      value: 0.12,
      unit: 'fraction',
      startMs: startMs + 1000,
      endMs,
      basis: 'inferred',
      port: downlink('spine1', 2),
    },
  ];
}
