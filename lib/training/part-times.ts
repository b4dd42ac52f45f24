import { median } from './statistics.ts';
import type { PartTime, StepRecord } from './step.ts';

/** How the ranks of a job differed in one part of a step. */
export interface PartSpread extends PartTime {
  minMs: number;
  /** What the ranks usually differ by in this part, ms; absent where no earlier steps tell. */
  usualGapMs?: number;
  /**
   * The rank the others wait for, where the log tells ranks: who computes longest, and in a part that waits for others,
   * who waits least.
   */
  lateRank?: number;
  /** True where the part waits for other ranks. */
  waits: boolean;
  averagedOver: number;
}

/** Parts of a step that end when other ranks are there too. @source NVIDIA/Megatron-LM megatron/training/training.py, timers_to_log */
const WAITS = /(?:^|-)(?:sync|recv|send|all-reduce|all-gather|reduce-scatter)(?:-|$)/;

/** True for a part that waits for other ranks. */
export function waitsForOthers(name: string): boolean {
  return WAITS.test(name);
}

/**
 * Where the ranks of a step differ most by what the job's own log says, the widest gap first. The times are means over
 * the log interval and the extremes of all ranks: a hint at a straggler, no proof.
 * @param before the same job's records before this step
 */
export function partSpreads(record: StepRecord, before: readonly StepRecord[]): PartSpread[] {
  const spreads = (record.parts ?? []).flatMap(({ minMs, ...part }): PartSpread[] => {
    if (minMs === undefined) return [];
    const waits = waitsForOthers(part.name);
    const lateRank = waits ? part.minRank : part.maxRank;
    const usualGapMs = median(before.flatMap((step) => gapOf(step, part.name) ?? []));
    return [
      {
        ...part,
        minMs,
        waits,
        averagedOver: record.averagedOver ?? 1,
        ...(usualGapMs === undefined ? {} : { usualGapMs }),
        ...(lateRank === undefined ? {} : { lateRank }),
      },
    ];
  });
  return spreads.sort((a, b) => excessGap(b) - excessGap(a));
}

/** What the ranks differ by beyond what is usual, ms. */
export function excessGap({ maxMs, minMs, usualGapMs = 0 }: PartSpread): number {
  return maxMs - minMs - usualGapMs;
}

function gapOf({ parts }: StepRecord, name: string): number | undefined {
  const part = parts?.find((known) => known.name === name);
  return part?.minMs === undefined ? undefined : part.maxMs - part.minMs;
}

/** In one sentence. */
export function spreadText(spread: PartSpread): string {
  const { name, minMs, maxMs, usualGapMs, lateRank, waits, averagedOver } = spread;
  const usual = usualGapMs === undefined ? '' : `, ${seconds(usualGapMs)} s apart usually`;
  const who = lateRank === undefined ? 'a rank' : `rank ${lateRank}`;
  const meaning = waits ? `${who} came last` : `${who} took longer than the others`;
  const over = averagedOver > 1 ? `, as a mean over ${averagedOver} steps` : '';
  return `${name} took the ranks ${seconds(minMs)} to ${seconds(maxMs)} s${usual}: ${meaning}${over}`;
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);
