import type { JobDetail } from '../../../lib/api/types.ts';
import type { JobSummary } from '../../../lib/training/step.ts';
import { incidentsOf } from './incidents.ts';
import type { FakeJob } from './jobs.ts';
import type { Scene } from './scene.ts';
import { stepsOf } from './steps.ts';
import { PORTS } from './topology.ts';

/** What a job lost so far, and to what. */
export function summaryOf(scene: Scene, job: FakeJob): JobSummary {
  const steps = stepsOf(scene, job);
  const byCause: JobSummary['lostSecondsByCause'] = {};
  let network = 0;
  for (const step of steps) {
    let claimed = 0;
    for (const cause of step.causes) {
      byCause[cause.kind] = (byCause[cause.kind] ?? 0) + cause.seconds;
      claimed += cause.seconds;
      if (cause.incident !== null) network += cause.seconds;
    }
    const rest = step.excessSeconds - claimed;
    if (rest > 0) byCause.unexplained = (byCause.unexplained ?? 0) + rest;
  }
  const last = steps.at(-1);
  return {
    job: job.name,
    steps: steps.length,
    slowSteps: steps.filter((step) => step.slow).length,
    lostSeconds: steps.reduce((sum, step) => sum + step.excessSeconds, 0),
    lostToNetworkSeconds: network,
    lostSecondsByCause: byCause,
    gpus: job.gpus,
    baselineSeconds: job.baselineSeconds,
    lastStep: last?.step ?? null,
    lastStepEndMs: last?.endMs ?? null,
    state: 'running',
  };
}

export function jobDetail(scene: Scene, job: FakeJob): JobDetail {
  const { hosts, gpus } = job;
  return {
    ...summaryOf(scene, job),
    placement: {
      job: job.name,
      hosts,
      ranks: hosts.map((device, rank) => ({ rank, device, port: 'mlx5_0' })),
      ...(gpus === null ? {} : { gpus }),
      source: 'config',
    },
    ports: hosts.flatMap((device) => [
      { device, port: 'mlx5_0' },
      ...PORTS.filter(({ peer }) => peer.device === device).map(({ ref }) => ref),
    ]),
    incidents: incidentsOf(scene).filter((incident) => incident.jobs.some((cost) => cost.job === job.name)),
  };
}
