import { z } from 'zod';
import { ParseError } from '../errors.ts';
import type { JobTrackerState } from './job-tracker.ts';

const snapshotSchema = z.object({
  version: z.literal(1),
  jobs: z.array(
    z.looseObject({
      job: z.string(),
      entries: z.array(z.looseObject({ step: z.number(), rows: z.array(z.looseObject({})) })),
      impacts: z.array(z.looseObject({ incidentId: z.string() })),
      carry: z.looseObject({ accepted: z.array(z.looseObject({})) }),
    }),
  ),
});

/**
 * Reads what `snapshot()` wrote. Its outline is checked; its inside is ours.
 * @throws ParseError when it is something else
 */
export function readTrainingSnapshot(snapshot: unknown): JobTrackerState[] {
  const read = snapshotSchema.safeParse(snapshot);
  if (!read.success) {
    const issue = read.error.issues[0];
    throw new ParseError(`training snapshot: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'cannot be read'}`);
  }
  return read.data.jobs as unknown as JobTrackerState[];
}
