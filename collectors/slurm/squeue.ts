import { z } from 'zod';
import { errorMessage, ParseError } from '../../lib/errors.ts';
import { expandHostlist } from '../../lib/hostlist.ts';
import type { ScheduledJob, ScheduledJobs } from '../scheduler/placements.ts';
import { zonedMs } from '../training/zoned-time.ts';
import { isScontrol, readScontrol } from './scontrol.ts';

/** Columns asked for where squeue has no JSON; the name comes last but one may hold a bar itself. */
export const COLUMN_FORMAT = '%i|%u|%P|%S|%D|%N|%j';
const COLUMNS = 7;
/** Jobs of one look. */
const MOST_JOBS = 100_000;

const text = z.string().max(4096);
/** Newer versions wrap numbers to tell unset ones apart. */
const number = z.union([
  z.number(),
  z.object({ set: z.boolean(), infinite: z.boolean().optional(), number: z.number().optional() }),
]);
/** A hostlist of a large job may be long. */
const hostlistText = z.string().max(1024 * 1024);

const jobSchema = z.object({
  job_id: z.number().int().nonnegative(),
  name: text.optional(),
  user_name: text.optional(),
  partition: text.optional(),
  job_state: z.union([text, z.array(text).max(64)]),
  nodes: hostlistText.optional(),
  start_time: number.optional(),
  job_resources: z
    .object({ nodes: z.union([hostlistText, z.looseObject({ list: hostlistText.optional() })]).optional() })
    .nullish(),
  gres_detail: z.array(text).max(100_000).optional(),
  tres_alloc_str: text.optional(),
});
type SlurmJob = z.output<typeof jobSchema>;
const listSchema = z.object({ jobs: z.array(z.unknown()).max(MOST_JOBS) });

/**
 * Reads what squeue printed, JSON or columns in COLUMN_FORMAT, or `scontrol show job`. Only running jobs have hosts; the others are left out.
 * A job that cannot be read costs that job only.
 * @throws ParseError where it is neither
 * @source https://slurm.schedmd.com/squeue.html, --json and --format
 */
export function readSqueue(output: string, tz: string): ScheduledJobs {
  if (output.trimStart().startsWith('{')) return readJson(output);
  return isScontrol(output) ? readBlocks(output, tz) : readColumns(output, tz);
}

function readJson(output: string): ScheduledJobs {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw new ParseError('the output of squeue is not JSON to its end');
  }
  const list = listSchema.safeParse(value);
  if (!list.success) throw new ParseError('the output of squeue has no list of jobs');
  const found: ScheduledJobs = { jobs: [], problems: [] };
  for (const [index, raw] of list.data.jobs.entries()) {
    const job = jobSchema.safeParse(raw);
    if (!job.success) {
      const issue = job.error.issues[0];
      found.problems.push(`jobs[${index}]: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
    } else if ([job.data.job_state].flat().includes('RUNNING')) {
      take(found, String(job.data.job_id), nodesOf(job.data), () => detailsOf(job.data));
    }
  }
  return found;
}

function nodesOf({ nodes, job_resources: resources }: SlurmJob): string {
  if (nodes !== undefined && nodes !== '') return nodes;
  const allocated = resources?.nodes;
  return (typeof allocated === 'string' ? allocated : allocated?.list) ?? '';
}

function detailsOf(job: SlurmJob): Omit<ScheduledJob, 'id' | 'hosts'> {
  const gpus = gpusOf(job);
  const seconds = typeof job.start_time === 'object' ? job.start_time.number : job.start_time;
  return {
    name: job.name ?? '',
    ...(job.user_name === undefined ? {} : { user: job.user_name }),
    ...(job.partition === undefined ? {} : { group: job.partition }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(seconds === undefined || seconds <= 0 ? {} : { startMs: seconds * 1000 }),
  };
}

/** `gpu:h100:8(IDX:0-7)` a node, or `gres/gpu=16` of the whole job. */
function gpusOf({ gres_detail: detail = [], tres_alloc_str: tres = '' }: SlurmJob): number | undefined {
  let sum = 0;
  for (const gres of detail) sum += Number(/^gpu:(?:[^:(]+:)?(\d{1,6})(?:\(|$)/.exec(gres)?.[1] ?? 0);
  if (sum === 0) sum = Number(/(?:^|,)gres\/gpu=(\d{1,9})(?:,|$)/.exec(tres)?.[1] ?? 0);
  return sum > 0 ? sum : undefined;
}

function readBlocks(output: string, tz: string): ScheduledJobs {
  const found: ScheduledJobs = { jobs: [], problems: [] };
  for (const { id, nodes, ...details } of readScontrol(output, (clock) => zonedMs(clock, tz)).slice(0, MOST_JOBS)) {
    take(found, id, nodes, () => details);
  }
  return found;
}

function readColumns(output: string, tz: string): ScheduledJobs {
  const found: ScheduledJobs = { jobs: [], problems: [] };
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  for (const [index, line] of lines.slice(0, MOST_JOBS).entries()) {
    const columns = line.split('|');
    const [id = '', user = '', group = '', start = '', , nodes = ''] = columns;
    if (columns.length < COLUMNS || !/^\d/.test(id)) {
      found.problems.push(`line ${index + 1} of squeue's output is no job: ${line.slice(0, 80)}`);
      continue;
    }
    const startMs = zonedMs(start, tz);
    const name = columns.slice(COLUMNS - 1).join('|');
    take(found, id, nodes, () => ({ name, user, group, ...(startMs === undefined ? {} : { startMs }) }));
  }
  if (lines.length > 0 && found.jobs.length === 0 && found.problems.length === lines.length) {
    throw new ParseError(found.problems[0] ?? 'the output of squeue has no jobs');
  }
  return found;
}

function take(
  found: ScheduledJobs,
  id: string,
  nodes: string,
  details: () => Omit<ScheduledJob, 'id' | 'hosts'>,
): void {
  try {
    const hosts = [...new Set(expandHostlist(nodes))];
    if (hosts.length > 0) found.jobs.push({ id, hosts, ...details() });
  } catch (error) {
    found.problems.push(`job ${id}: ${errorMessage(error)}`);
  }
}
