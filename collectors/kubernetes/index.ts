import type { CollectorPlugin } from '../../lib/collect/types.ts';
import { readText } from '../scheduler/read-text.ts';
import { SchedulerSource } from '../scheduler/source.ts';
import { kubernetesConfigSchema } from './config.ts';
import { PodLister } from './list-pods.ts';
import { jobsOfPods, readPodPage } from './pods.ts';

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
