import type { StepRecord } from '../../lib/training/step.ts';

const LONGEST_NAME = 256;

/** Why a record cannot be a step, in one sentence; undefined where it can. */
export function problemOf(record: StepRecord): string | undefined {
  if (!Number.isSafeInteger(record.step) || record.step < 0) return `step ${record.step} is no step number`;
  const { rank } = record;
  if (rank !== undefined && !(Number.isSafeInteger(rank) && rank >= 0))
    return `step ${record.step}: ${rank} is no rank`;
  if ((record.host?.length ?? 0) > LONGEST_NAME) return `step ${record.step}: the host name is too long`;
  if (!Number.isFinite(record.startMs) || !Number.isFinite(record.endMs))
    return `step ${record.step} has no usable time`;
  if (record.endMs < record.startMs) return `step ${record.step} ends before it starts`;
  if (record.endMs === record.startMs) return `step ${record.step} takes no time at all`;
  return undefined;
}
