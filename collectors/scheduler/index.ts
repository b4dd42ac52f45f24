import { readFile } from 'node:fs/promises';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { CollectorError } from '../../lib/errors.ts';
import { kubernetesConfigSchema, slurmConfigSchema } from './config.ts';
import { jobsOfPods, readPodPage } from './kubernetes.ts';
import { PodLister } from './list-pods.ts';
import { runSqueue } from './run-squeue.ts';
import { readSqueue } from './slurm.ts';
import { SchedulerSource } from './source.ts';

async function readText(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    throw new CollectorError('unavailable', `${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

/** Where Slurm's jobs run, from squeue or a file with its output. */
export const slurmPlugin: CollectorPlugin<typeof slurmConfigSchema> = {
  name: 'slurm',
  configSchema: slurmConfigSchema,
  create: (config, context) =>
    new SchedulerSource(
      config,
      {
        kind: 'slurm',
        address: config.file ?? config.command.join(' '),
        running: async (signal) => {
          const { file, partitions, tz } = config;
          const output = file === undefined ? await runSqueue(config, signal) : await readText(file, signal);
          const { jobs, problems } = readSqueue(output, tz);
          const wanted = jobs.filter((job) => partitions === undefined || partitions.includes(job.group ?? ''));
          return { jobs: wanted, problems };
        },
        close: () => {},
      },
      context,
    ),
};

/** Where Kubernetes' jobs run, from its API server or a file with a list of pods. */
export const kubernetesPlugin: CollectorPlugin<typeof kubernetesConfigSchema> = {
  name: 'kubernetes',
  configSchema: kubernetesConfigSchema,
  create: (config, context) => {
    const lister = new PodLister(config);
    const { file } = config;
    return new SchedulerSource(
      config,
      {
        kind: 'kubernetes',
        address: file ?? config.url ?? 'the cluster this runs in',
        running: async (signal) =>
          jobsOfPods(file === undefined ? await lister.list(signal) : readPodPage(await readText(file, signal)).pods),
        close: () => lister.close(),
      },
      context,
    );
  },
};
