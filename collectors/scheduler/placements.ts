import type { JobPlacement } from '../../lib/topology/types.ts';

export type SchedulerKind = 'slurm' | 'kubernetes' | 'dcgm-jobs';

/** A running job as a scheduler tells it. */
export interface ScheduledJob {
  /** The scheduler's own key: a Slurm job id, namespace/name of a Kubernetes job. */
  id: string;
  name: string;
  user?: string;
  /** Partition or namespace. */
  group?: string;
  hosts: string[];
  gpus?: number;
  startMs?: number;
}

/** What one look at a scheduler gave. */
export interface ScheduledJobs {
  jobs: ScheduledJob[];
  /** One sentence each: jobs that could not be read. */
  problems: string[];
}

const LONGEST_NAME = 256;

/** Names the jobs by the template; of two that come out the same each carries its id as well. */
export function placementsOf(
  jobs: readonly ScheduledJob[],
  template: string,
  source: SchedulerKind,
  ofHost?: string,
): { placements: JobPlacement[]; problems: string[] } {
  const byName = new Map<string, ScheduledJob[]>();
  for (const job of jobs) {
    const name = nameOf(job, template);
    byName.set(name, [...(byName.get(name) ?? []), job]);
  }
  const placements: JobPlacement[] = [];
  const problems: string[] = [];
  for (const [name, same] of byName) {
    if (same.length > 1) {
      problems.push(
        `${same.length} running jobs are called ${name}: each is named with its id; jobName can tell them apart`,
      );
    }
    for (const job of same) {
      const { id, hosts, gpus, startMs } = job;
      placements.push({
        job: same.length > 1 || name === '' ? `${name}-${id}`.slice(0, LONGEST_NAME) : name,
        hosts,
        ranks: [],
        ...(ofHost === undefined ? {} : { ofHost }),
        ...(gpus === undefined ? {} : { gpus }),
        ...(startMs === undefined ? {} : { startMs }),
        source,
      });
    }
  }
  return { placements, problems };
}

function nameOf({ id, name, user = '', group = '' }: ScheduledJob, template: string): string {
  const parts: Record<string, string> = { id, name, user, group };
  return template.replace(/\{(id|name|user|group)\}/g, (_, part: string) => parts[part] ?? '').slice(0, LONGEST_NAME);
}
