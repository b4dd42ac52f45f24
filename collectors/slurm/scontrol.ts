import type { ScheduledJob } from '../scheduler/placements.ts';

/** A running job as `scontrol show job` prints it: hosts still as a list to expand. */
export interface ScontrolJob extends Omit<ScheduledJob, 'hosts'> {
  nodes: string;
}

/** True for the output of `scontrol show job`, with or without `-o`. */
export function isScontrol(output: string): boolean {
  return /^\s{0,64}JobId=\d/.test(output);
}

/** Running jobs of `scontrol show job`. @param startOf reads a clock without a zone */
export function readScontrol(output: string, startOf: (clock: string) => number | undefined): ScontrolJob[] {
  const jobs: ScontrolJob[] = [];
  for (const block of output.split(/^(?= {0,8}JobId=)/m)) {
    const value = (key: string) => new RegExp(`(?:^|\\s)${key}=(\\S{1,65536})`).exec(block)?.[1];
    const id = /^ {0,8}JobId=(\d{1,15})/.exec(block)?.[1];
    const nodes = value('NodeList') ?? '(null)';
    if (id === undefined || value('JobState') !== 'RUNNING' || nodes === '(null)') continue;
    const user = value('UserId')?.replace(/\(\d+\)$/, '');
    const group = value('Partition');
    const startMs = startOf(value('StartTime') ?? '');
    const gpus = Number(/(?:^|,)gres\/gpu=(\d{1,9})(?:,|$)/.exec(value('AllocTRES') ?? value('TRES') ?? '')?.[1] ?? 0);
    jobs.push({
      id,
      // The name may hold blanks: it ends where the next key begins.
      name: /\sJobName=(.{0,1024}?)\s+\w+=/s.exec(block)?.[1] ?? '',
      nodes,
      ...(user === undefined ? {} : { user }),
      ...(group === undefined ? {} : { group }),
      ...(startMs === undefined ? {} : { startMs }),
      ...(gpus > 0 ? { gpus } : {}),
    });
  }
  return jobs;
}
