import { ParseError } from '../../lib/errors.ts';
import { expandHostlist, expandTaskCounts } from '../../lib/hostlist.ts';
import type { JobPlacement } from '../../lib/topology/types.ts';

/** Variables that say who runs where. torchrun's come before Slurm's: with it, Slurm's task is a whole node. */
const RANK = ['RANK', 'SLURM_PROCID'] as const;
const WORLD = ['WORLD_SIZE', 'SLURM_NTASKS'] as const;
const HOST = ['SLURMD_NODENAME', 'HOSTNAME'] as const;
const LISTS = ['SLURM_JOB_NODELIST', 'SLURM_NODELIST'] as const;
const WANTED: ReadonlySet<string> = new Set([
  ...RANK,
  ...WORLD,
  ...HOST,
  ...LISTS,
  'SLURM_JOB_START_TIME',
  'SLURM_TASKS_PER_NODE',
  'SLURM_GPUS_PER_TASK',
  'SLURM_GPUS_ON_NODE',
]);

/** As `env`, `export -p`, `set -x` and a script's own `echo` print them. */
const PAIR =
  /(?:^|\s)(?:export |declare -x )?([A-Z][A-Z_]{2,31})\s?[=:]\s?["']?([A-Za-z0-9][A-Za-z0-9.,_()[\]-]{0,4095})["']?(?=\s|$)/g;
const HINT = /RANK|WORLD_SIZE|SLURM|HOSTNAME/;
const MOST_RANKS = 65_536;
const LONGEST_NAME = 256;
/** Processes whose variables are gathered side by side. */
const MOST_STREAMS = 65_536;

/**
 * Learns from the log of a job where it runs, where its script or its ranks print their environment: the hosts from
 * Slurm's list, and a rank's host where the rank itself says both. The order of nodes is not taken for ranks.
 * @source Slurm sbatch "OUTPUT ENVIRONMENT VARIABLES"; torchrun's environment (pytorch/torch/distributed/run.py)
 */
export class EnvLines {
  private hosts: string[] = [];
  private startMs: number | undefined;
  private gpus: number | undefined;
  private ranks = new Map<number, string>();
  private world = 0;
  private readonly open = new Map<string, Map<string, string>>();
  private told = '';

  constructor(private readonly job: string) {}

  /** Looks at a line. @param stream whose line it is, as far as file and launcher tell */
  take(line: string, stream = ''): void {
    if (!HINT.test(line)) return;
    for (const [, name = '', value = ''] of line.matchAll(PAIR)) {
      if (WANTED.has(name)) this.learn(stream, name, value);
    }
  }

  private learn(stream: string, name: string, value: string): void {
    let variables = this.open.get(stream);
    // The same variable with another value: another process prints its own now.
    if (variables === undefined || (variables.get(name) ?? value) !== value) {
      if (this.open.size >= MOST_STREAMS) this.open.clear();
      variables = new Map();
      this.open.set(stream, variables);
    }
    variables.set(name, value);
    this.learnRank(variables);
    this.learnJob(variables, name);
  }

  /** One variable of a pair says nothing without the other: torchrun's rank does not go with Slurm's number of tasks. */
  private learnRank(variables: ReadonlyMap<string, string>): void {
    const host = first(variables, HOST);
    const torch = variables.has('RANK') || variables.has('WORLD_SIZE') ? 0 : 1;
    const rank = wholeOf(variables, RANK[torch]);
    const world = wholeOf(variables, WORLD[torch]);
    if (host === undefined || host.length > LONGEST_NAME || rank === undefined || world === undefined) return;
    if (world < 2 || world > MOST_RANKS || rank >= world || world < this.world) return;
    if (world > this.world) this.ranks = new Map();
    this.world = world;
    this.ranks.set(rank, host);
  }

  private learnJob(variables: ReadonlyMap<string, string>, name: string): void {
    const list = LISTS.find((known) => known === name);
    try {
      if (list !== undefined) this.learnHosts(expandHostlist(variables.get(list) ?? ''));
      this.gpus = gpusOf(variables, this.hosts.length) ?? this.gpus;
    } catch (error) {
      // Cut off or not expanded by the shell: it says nothing.
      if (!(error instanceof ParseError)) throw error;
    }
    const start = wholeOf(variables, 'SLURM_JOB_START_TIME');
    if (start !== undefined && start > 1e9) this.startMs = start * 1000;
  }

  private learnHosts(hosts: readonly string[]): void {
    if (hosts.every((host) => host.length <= LONGEST_NAME)) this.hosts = [...new Set(hosts)];
  }

  /** Where the job runs; only news. To be asked when all that was written has been read. */
  news(): JobPlacement | undefined {
    const complete = this.world > 0 && this.ranks.size === this.world;
    const ranks = complete ? [...this.ranks].sort(([a], [b]) => a - b).map(([rank, device]) => ({ rank, device })) : [];
    const hosts = this.hosts.length > 0 ? this.hosts : [...new Set(ranks.map(({ device }) => device))];
    if (hosts.length === 0) return undefined;
    const placement: JobPlacement = {
      job: this.job,
      hosts,
      ranks,
      ...(this.gpus === undefined ? {} : { gpus: this.gpus }),
      ...(this.startMs === undefined ? {} : { startMs: this.startMs }),
      source: 'log',
    };
    const text = JSON.stringify(placement);
    if (text === this.told) return undefined;
    this.told = text;
    return placement;
  }
}

function first(variables: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  return names.map((name) => variables.get(name)).find((value) => value !== undefined);
}

function wholeOf(variables: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = variables.get(name);
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** GPUs of the whole job, where Slurm gives them a task or a node. */
function gpusOf(variables: ReadonlyMap<string, string>, hosts: number): number | undefined {
  const perTask = wholeOf(variables, 'SLURM_GPUS_PER_TASK');
  const tasks = variables.get('SLURM_TASKS_PER_NODE');
  if (perTask !== undefined && tasks !== undefined) {
    return perTask * expandTaskCounts(tasks).reduce((sum, count) => sum + count, 0) || undefined;
  }
  const onNode = wholeOf(variables, 'SLURM_GPUS_ON_NODE');
  return onNode === undefined || hosts === 0 ? undefined : onNode * hosts || undefined;
}
