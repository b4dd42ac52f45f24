import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { SchedulerSource } from '../scheduler/source.ts';
import { dcgmJobsConfigSchema } from './config.ts';
import { readJobMap } from './read-map.ts';

/** Which jobs run on this host, from the files that map GPUs to jobs for dcgm-exporter. */
export const dcgmJobsPlugin: CollectorPlugin<typeof dcgmJobsConfigSchema> = {
  name: 'dcgm-jobs',
  configSchema: dcgmJobsConfigSchema,
  create: (config, context) =>
    new SchedulerSource(
      config,
      {
        kind: 'dcgm-jobs',
        address: config.directory,
        ofHost: config.host,
        running: (signal) => readJobMap(config.directory, config.host, signal),
        close: () => {},
      },
      context,
    ),
};
