import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';
import { FORMAT_NAMES } from './formats/index.ts';

/** A name of the IANA time zone database. */
export const timeZone = z.string().refine(isTimeZone, { message: 'is no time zone; write it as UTC or Europe/Berlin' });

/** One entry under `training:` (or under `targets:` with `collector: training`). */
export const trainingConfigSchema = z.strictObject({
  collector: z.literal('training').default('training'),
  name: z.string().min(1).optional().describe('How pages call it; default: the file'),
  file: z.string().min(1).describe('The log; * in its name stands for anything, each match is followed'),
  job: z.string().min(1).describe('The job whose steps these are'),
  format: z
    .enum(['auto', ...FORMAT_NAMES])
    .default('auto')
    .describe('auto takes the first format that matches three increasing steps'),
  tz: timeZone.default('UTC').describe('Time zone of the clocks in the lines'),
  host: z.string().min(1).optional().describe('The host that writes the file, where its lines do not say'),
  rank: z.int().min(0).optional().describe('The rank that writes the file, where its lines do not say'),
  trainBatchSize: z
    .number()
    .positive()
    .optional()
    .describe('Global batch size, for DeepSpeed, which gives samples per second and numbers its tables by samples'),
  tokensPerStep: z
    .number()
    .positive()
    .optional()
    .describe('Tokens a device works on in a step, for torchtitan console lines, which give tokens per second only'),
  stepTime: z
    .strictObject({
      column: z.string().min(1).max(256).describe('Its name in the header'),
      unit: z.enum(['s', 'ms']).default('s'),
    })
    .optional()
    .describe('The column of a lightning-csv table that holds the time of a step'),
  interval: durationMs.prefault('1s').describe('How often the file is looked at'),
});
export type TrainingConfig = z.output<typeof trainingConfigSchema>;

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
