import { z } from 'zod';
import { ParseError } from '../../lib/errors.ts';
import type { ScheduledJob, ScheduledJobs } from '../scheduler/placements.ts';

const name = z.string().min(1).max(256);
const quantity = z.union([z.string().max(32), z.number()]);
const containerSchema = z.object({
  resources: z.object({ limits: z.record(z.string(), quantity).optional() }).nullish(),
});
const podSchema = z.object({
  metadata: z.object({
    name,
    namespace: name.default('default'),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z.object({ nodeName: name.optional(), containers: z.array(containerSchema).max(1000).default([]) }),
  status: z.object({ phase: z.string().max(64).optional(), startTime: z.string().max(64).optional() }).nullish(),
});
type Pod = z.output<typeof podSchema>;

const listSchema = z.object({
  items: z.array(z.unknown()).max(1_000_000),
  metadata: z.object({ continue: z.string().optional() }).nullish(),
});

/** Labels that name the job of a pod, the outermost owner first. */
const JOB_LABELS = [
  'jobset.sigs.k8s.io/jobset-name',
  'training.kubeflow.org/job-name',
  'volcano.sh/job-name',
  'batch.kubernetes.io/job-name',
  'job-name',
];
/** Labels that say what part of a job a pod is: pods of one part are numbered by themselves. */
const PART_LABELS = [
  'jobset.sigs.k8s.io/replicatedjob-name',
  'training.kubeflow.org/replica-type',
  'volcano.sh/task-spec',
];
/** Parts that start the others and train nothing. */
const LAUNCHER = /^launcher$/i;
/** Labels that number the pods of a job. */
const INDEX_LABELS = [
  'jobset.sigs.k8s.io/job-global-index',
  'jobset.sigs.k8s.io/job-index',
  'training.kubeflow.org/replica-index',
  'batch.kubernetes.io/job-completion-index',
];
const GPU_RESOURCES = /^(?:nvidia|amd)\.com\/gpu$|^gpu\.intel\.com\/|^habana\.ai\/gaudi$/;

/** One page of the API server's list of pods. */
export interface PodPage {
  pods: unknown[];
  /** Where the next page begins; absent on the last. */
  next?: string;
}

/** @throws ParseError where it is no list of pods */
export function readPodPage(body: string): PodPage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ParseError('the list of pods is not JSON to its end');
  }
  const list = listSchema.safeParse(value);
  if (!list.success) throw new ParseError('this is no list of pods');
  const next = list.data.metadata?.continue;
  return { pods: list.data.items, ...(next === undefined || next === '' ? {} : { next }) };
}

/**
 * Groups running pods into jobs by their labels; pods of no job are left out. A pod that cannot be read costs that pod.
 * Which rank runs in which pod is the program's to say: the index of a pod is not taken for a rank.
 */
export function jobsOfPods(pods: readonly unknown[]): ScheduledJobs {
  const jobs = new Map<string, { job: ScheduledJob; nodes: PodPlace[] }>();
  const problems: string[] = [];
  for (const [at, raw] of pods.entries()) {
    const parsed = podSchema.safeParse(raw);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      problems.push(`items[${at}]: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
      continue;
    }
    const pod = parsed.data;
    const { namespace } = pod.metadata;
    const jobName = firstLabel(pod, JOB_LABELS);
    if (pod.spec.nodeName === undefined || pod.status?.phase !== 'Running' || jobName === undefined) continue;
    const id = `${namespace}/${jobName}`;
    const entry = jobs.get(id) ?? { job: { id, name: jobName, group: namespace, hosts: [] }, nodes: [] };
    jobs.set(id, entry);
    entry.nodes.push({
      node: pod.spec.nodeName,
      part: firstLabel(pod, PART_LABELS) ?? '',
      index: Number(firstLabel(pod, INDEX_LABELS) ?? Number.NaN),
      hasGpus: hasGpus(pod),
    });
    addTo(entry.job, pod);
  }
  const found = [...jobs.values()].map(({ job, nodes }) => ({ ...job, hosts: hostsOf(nodes) }));
  return { jobs: found, problems };
}

/** Where one pod of a job runs. */
interface PodPlace {
  node: string;
  part: string;
  index: number;
  hasGpus: boolean;
}

/** Where a job trains: pods that only start it, or have no GPU where others have, run beside it. */
function hostsOf(nodes: readonly PodPlace[]): string[] {
  const withGpus = nodes.filter(({ hasGpus }) => hasGpus);
  const workers = nodes.filter(({ part }) => !LAUNCHER.test(part));
  const training = withGpus.length > 0 ? withGpus : workers.length > 0 ? workers : nodes;
  const order = (a: PodPlace, b: PodPlace) =>
    (a.part === b.part ? a.index - b.index : a.part < b.part ? -1 : 1) || (a.node < b.node ? -1 : 1);
  return [...new Set([...training].sort(order).map(({ node }) => node))];
}

function firstLabel({ metadata: { labels } }: Pod, names: readonly string[]): string | undefined {
  for (const label of names) {
    const value = labels?.[label];
    if (value !== undefined && value !== '' && value.length <= 256) return value;
  }
  return undefined;
}

/** True also where it cannot be read how many. */
function hasGpus({ spec }: Pod): boolean {
  return spec.containers.some(({ resources }) =>
    Object.entries(resources?.limits ?? {}).some(([name, amount]) => GPU_RESOURCES.test(name) && Number(amount) !== 0),
  );
}

function gpusOf({ spec }: Pod): number {
  let gpus = 0;
  for (const { resources } of spec.containers) {
    for (const [resource, amount] of Object.entries(resources?.limits ?? {})) {
      const count = Number(amount);
      if (GPU_RESOURCES.test(resource) && Number.isInteger(count) && count > 0) gpus += count;
    }
  }
  return gpus;
}

function addTo(job: ScheduledJob, pod: Pod): void {
  const gpus = gpusOf(pod);
  const { status } = pod;
  if (gpus > 0) job.gpus = (job.gpus ?? 0) + gpus;
  const startMs = Date.parse(status?.startTime ?? '');
  if (!Number.isNaN(startMs)) job.startMs = Math.min(job.startMs ?? startMs, startMs);
}
