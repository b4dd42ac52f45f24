import type { StepEntry } from './step-entry.ts';

/** Tags of steps that do something else than train; their time says nothing of the network. */
const OTHER_WORK = new Map([
  ['checkpoint', 'checkpoint'],
  ['checkpoint_save', 'checkpoint'],
  ['save', 'checkpoint'],
  ['eval', 'eval'],
  ['evaluation', 'eval'],
  ['validation', 'eval'],
  ['validate', 'eval'],
  ['warmup', 'warmup'],
  ['compile', 'warmup'],
  ['profile', 'profile'],
]);

/** Why a step is told by its own tags to be left out, else undefined. */
export function excludedByTag(entry: StepEntry): string | undefined {
  for (const tag of entry.tags) {
    const work = OTHER_WORK.get(tag.toLowerCase());
    if (work) return work;
  }
  return undefined;
}
