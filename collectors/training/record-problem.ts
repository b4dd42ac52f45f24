import type { StepRecord } from '../../lib/training/step.ts';

const LONGEST_NAME = 256;
/** Beyond it there is no date, and the monitor takes no such time. */
const LAST_MS = 8.64e15;

/** Why a record cannot be a step, in one sentence; undefined where it can. */
export function problemOf(record: StepRecord): string | undefined {
  if (!Number.isSafeInteger(record.step) || record.step < 0) return `step ${record.step} is no step number`;
  const { rank } = record;
  if (rank !== undefined && !(Number.isSafeInteger(rank) && rank >= 0))
    return `step ${record.step}: ${rank} is no rank`;
  if ((record.host?.length ?? 0) > LONGEST_NAME) return `step ${record.step}: the host name is too long`;
  if (!(Math.abs(record.startMs) <= LAST_MS && Math.abs(record.endMs) <= LAST_MS))
    return `step ${record.step} has no usable time`;
  if (record.endMs < record.startMs) return `step ${record.step} ends before it starts`;
  if (record.endMs === record.startMs) return `step ${record.step} takes no time at all`;
  return undefined;
}
