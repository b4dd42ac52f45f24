import { z } from 'zod';
import { errorMessage } from '../errors.ts';
import { expandHostlist } from '../hostlist.ts';
import type { JobPlacement, RankPlacement } from '../topology/types.ts';
import { portRef } from './links.ts';

const hostlist = z.string().transform((text, ctx): string[] => {
  try {
    return expandHostlist(text);
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: errorMessage(error) });
    return z.NEVER;
  }
});

const rankEntry = z.union([
  z
    .strictObject({
      rank: z.number().int().nonnegative(),
      host: z.string().min(1).optional(),
      device: z.string().min(1).optional().describe('The same as host'),
      port: z
        .union([z.string().min(1), z.number().int()])
        .transform(String)
        .optional()
        .describe("The NIC this rank sends through; left out: the host's only one"),
    })
    .superRefine((entry, ctx) => {
      if ((entry.host === undefined) === (entry.device === undefined)) {
        ctx.addIssue({ code: 'custom', path: ['host'], message: 'give the host this rank runs on' });
      }
    })
    .transform(
      ({ rank, host, device, port }): RankPlacement => ({
        rank,
        device: host ?? device ?? '',
        ...(port === undefined ? {} : { port }),
      }),
    ),
  portRef,
]);

/** Where a training job runs: hosts (Slurm hostlists) or ranks with their NICs. */
export const jobSchema = z
  .strictObject({
    job: z.string().min(1).describe('The name steps are reported under'),
    hosts: z
      .union([hostlist, z.array(hostlist)])
      .transform((hosts) => hosts.flat())
      .optional()
      .describe('Hosts as a hostlist, gpu[01-16], or a list of them'),
    ranks: z.array(rankEntry).optional().describe('Ranks: {rank, host, port} each, or host/port in rank order'),
    gpus: z.number().int().positive().optional().describe('GPUs in the job; default: one a rank'),
    warmupSteps: z.number().int().nonnegative().optional().describe('Steps at the start that are not judged'),
  })
  .superRefine((job, ctx) => {
    if (job.hosts === undefined && job.ranks === undefined) {
      ctx.addIssue({ code: 'custom', path: ['hosts'], message: 'give hosts or ranks, so that the job has ports' });
    }
  })
  .transform(
    ({ job, hosts = [], ranks = [], gpus, warmupSteps }): JobPlacement => ({
      job,
      hosts,
      ranks: ranks.map((entry, index) => ('rank' in entry ? entry : { rank: index, ...entry })),
      ...(gpus === undefined ? {} : { gpus }),
      ...(warmupSteps === undefined ? {} : { warmupSteps }),
      source: 'config',
    }),
  );
