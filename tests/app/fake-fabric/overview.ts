import type { OverviewView } from '../../../lib/api/types.ts';
import { heatOf } from './heat.ts';
import { incidentsOf } from './incidents.ts';
import { summaryOf } from './job-detail.ts';
import { jobsOf } from './jobs.ts';
import { portRows } from './ports.ts';
import { type FakeMode, MINUTE_MS, type Scene } from './scene.ts';
import { stepsOf } from './steps.ts';
import { HOSTS, SWITCHES } from './topology.ts';

const STATES: Record<FakeMode, OverviewView['state']> = {
  storm: 'hurting',
  quiet: 'ok',
  empty: 'unknown',
  stale: 'unknown',
  broken: 'unknown',
  large: 'ok',
};

const SENTENCES: Record<FakeMode, string> = {
  storm: 'leaf3/Ethernet1/5 is paused 66 % of the time by gpu21 and slows llama-70b: every step takes 1.5 s longer.',
  quiet: 'Nothing hurts: 128 ports and 2 jobs are watched and no port holds up another.',
  empty: 'Cannot tell: no target is configured yet.',
  stale: 'Cannot tell: no switch has answered for 4 minutes.',
  large: 'Nothing is hurting.',
  broken: '',
};

export function overviewOf(scene: Scene): OverviewView {
  const incidents = incidentsOf(scene);
  const open = incidents.filter((incident) => incident.endMs === null);
  const rows = portRows(scene);
  const jobs = jobsOf(scene);
  const slowSteps = jobs.flatMap((job) => stepsOf(scene, job).filter((step) => step.slow));
  return {
    atMs: scene.now(),
    sentence: SENTENCES[scene.mode],
    state: STATES[scene.mode],
    counts: {
      info: 0,
      warning: open.filter((incident) => incident.severity === 'warning').length,
      critical: open.filter((incident) => incident.severity === 'critical').length,
    },
    incidents,
    jobs: jobs.map((job) => summaryOf(scene, job)),
    slowSteps: slowSteps.toSorted((a, b) => b.endMs - a.endMs).slice(0, 20),
    heat: heatOf(scene, rows),
    topPorts: rows
      .map(({ device, port, latest }) => ({
        device,
        port,
        blockedFraction: latest.rxPauseFraction ?? 0,
        bounded: false,
      }))
      .sort((a, b) => b.blockedFraction - a.blockedFraction)
      .slice(0, 10),
    coverage: coverageOf(scene, rows.length),
  };
}

function coverageOf(scene: Scene, ports: number): OverviewView['coverage'] {
  const empty = scene.mode === 'empty';
  const stale = scene.mode === 'stale';
  const targets = empty ? 0 : SWITCHES.length + HOSTS.length;
  const silent = SWITCHES.filter((device) => scene.silent(device));
  return {
    targets,
    targetsOk: targets - silent.length,
    silent: silent.map((target) => ({
      target,
      silentMs: 4 * MINUTE_MS,
      lastError: `${target} (127.0.0.1:161): no answer in 2 s`,
    })),
    stale: [],
    fresh: stale ? 0 : targets - silent.length,
    collectorsQuietMs: null,
    ports,
    tellingPorts: ports,
    newestSampleMs: empty ? null : scene.now() - (stale ? 4 * MINUTE_MS : 700),
  };
}
