import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { readText } from '../scheduler/read-text.ts';
import { SchedulerSource } from '../scheduler/source.ts';
import { slurmConfigSchema } from './config.ts';
import { runSqueue } from './run-squeue.ts';
import { readSqueue } from './squeue.ts';

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
