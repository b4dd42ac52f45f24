import type { TrainingConfig } from './config.ts';
import { STEP_PHASES, type StepRecord } from './step.ts';

/** Why a record was refused: a closed set, and one sentence naming the value. */
export interface StepProblem {
  code: 'invalid' | 'ends_before_start' | 'too_long' | 'too_late';
  detail: string;
}

/** A refused record and its place in the batch. */
export interface RejectedStep extends StepProblem {
  index: number;
}

/** What became of a batch. Duplicates are neither errors nor counted twice. */
export interface StepIntake {
  accepted: number;
  duplicates: number;
  rejected: RejectedStep[];
}

/** Most ranks a record may claim: keeps a hostile number from sizing anything. */
const MAX_RANK = 1_000_000;

const show = (value: unknown) => (typeof value === 'number' ? String(value) : JSON.stringify(value ?? null));

/** Checks one record's meaning; null when it can be used. The shape of outside text is checked at its edge. */
export function checkStep(record: StepRecord, config: TrainingConfig): StepProblem | null {
  const invalid = (detail: string): StepProblem => ({ code: 'invalid', detail });
  if (!Number.isSafeInteger(record.step) || record.step < 0) {
    return invalid(`step must be a whole number from 0, got ${show(record.step)}`);
  }
  if (!Number.isFinite(record.startMs) || !Number.isFinite(record.endMs)) {
    return invalid(
      `step ${record.step}: startMs and endMs must be numbers, got ${show(record.startMs)} and ${show(record.endMs)}`,
    );
  }
  if (record.endMs <= record.startMs) {
    return {
      code: 'ends_before_start',
      detail: `step ${record.step} ends at ${record.endMs}, not after its start at ${record.startMs}`,
    };
  }
  if (record.endMs - record.startMs > config.maxStepMs) {
    return {
      code: 'too_long',
      detail: `step ${record.step} lasts ${record.endMs - record.startMs} ms, more than ${config.maxStepMs} ms`,
    };
  }
  if (
    record.rank !== undefined &&
    !(Number.isSafeInteger(record.rank) && record.rank >= 0 && record.rank <= MAX_RANK)
  ) {
    return invalid(`step ${record.step}: rank must be a whole number from 0, got ${show(record.rank)}`);
  }
  if (record.averagedOver !== undefined && !(Number.isSafeInteger(record.averagedOver) && record.averagedOver >= 1)) {
    return invalid(`step ${record.step}: averagedOver must be a whole number from 1, got ${show(record.averagedOver)}`);
  }
  for (const phase of STEP_PHASES) {
    const ms = record.phasesMs?.[phase];
    if (ms !== undefined && !(Number.isFinite(ms) && ms >= 0)) {
      return invalid(`step ${record.step}: phase ${phase} must be a number of ms from 0, got ${show(ms)}`);
    }
  }
  return null;
}
