import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';

const NAME_PARTS = /\{(?:id|name|user|group)\}/;

/** Settings of every scheduler. */
export const schedulerSettings = {
  interval: durationMs.prefault('30s').describe('How often the list of jobs is read'),
  jobName: z
    .string()
    .regex(NAME_PARTS, 'holds none of {id}, {name}, {user} and {group}')
    .default('{name}')
    .describe('Name of a job here, as its steps are reported under; {group} is the partition or namespace'),
};
