import { expandHostlist } from '../../lib/hostlist.ts';
import type { JobPlacement } from '../../lib/topology/types.ts';

/** As `env`, `export -p`, `set -x` and a script's own `echo` print it. */
const NODELIST =
  /(?:^|\s)(?:export |declare -x )?SLURM_(?:JOB_)?NODELIST\s?[=:]\s?["']?([A-Za-z0-9][A-Za-z0-9.,_[\]-]{0,4095})["']?\s*$/;

/** Learns from the log of a Slurm job which hosts it runs on, where its script prints its environment. */
export class SlurmLines {
  private hosts: string[] = [];
  private told = '';

  constructor(private readonly job: string) {}

  /** Looks at a line. */
  take(line: string): void {
    if (!line.includes('NODELIST')) return;
    const list = NODELIST.exec(line)?.[1];
    if (list === undefined) return;
    try {
      this.hosts = [...new Set(expandHostlist(list))];
    } catch {
      // Cut off or not expanded by the shell: it says nothing.
    }
  }

  /** Where the job runs; only news. */
  news(): JobPlacement | undefined {
    const { job, hosts } = this;
    const text = hosts.join();
    if (text === this.told) return undefined;
    this.told = text;
    return { job, hosts, ranks: [], source: 'log' };
  }
}
