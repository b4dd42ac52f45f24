import { clockOf } from './clock.ts';
import type { LineFormat, LineReading } from './types.ts';

// Two expressions, one after the other: a single one would try every pair of places in a hostile line.
const ITERATION = /\siteration\s+(\d+)\/\s*\d+\s+\|/;
const ELAPSED = /elapsed time per iteration \(ms\):\s+([\d.]+)\s+\|/;
const CLOCK = /\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\]\s{1,8}iteration\s/;
/** Megatron-Bridge repeats each step in a line of rank 0, without a number: the iteration line has it all. */
const BRIDGE = /^Step Time : [\d.]+s GPU utilization:/;
/** Rows of timers below it, in the three forms of `--timing-log-option`; a launcher's prefix may take a blank. */
const TIMERS = /^(?:\(min, max\) time across ranks|max time across ranks|times across ranks) \(ms\):/;
const TIMER =
  /^ {2,6}([\w-]{1,64}) ?\.{0,64}: (?:\((\d{1,12}(?:\.\d{1,9})?), (\d{1,12}(?:\.\d{1,9})?)\)|(\d{1,12}(?:\.\d{1,9})?))$/;
const RANK_TIMER = /^ {3,8}rank {1,6}(\d{1,7}): (\d{1,12}(?:\.\d{1,9})?)$/;
const RANK_TIMERS = /^ {1,4}([\w-]{1,64}):$/;

/**
 * Megatron-LM and Megatron-Bridge: one line per log interval with the mean time of its iterations; with
 * `--timing-log-level 1` and more, rows of timers below it.
 * @source NVIDIA/Megatron-LM megatron/training/training.py, training_log; megatron/core/timers.py
 */
export const megatron: LineFormat = {
  name: 'megatron',
  read(line, context) {
    const iteration = ITERATION.exec(line);
    const elapsed = iteration && ELAPSED.exec(line.slice(iteration.index));
    if (!iteration || !elapsed) return BRIDGE.test(line) || TIMERS.test(line) ? 'known' : timerRow(line);
    return {
      step: Number(iteration[1]),
      durationMs: Number(elapsed[1]),
      mean: true,
      ...clockOf(CLOCK.exec(line)?.[1], context),
    };
  },
};

function timerRow(line: string): LineReading {
  const rank = RANK_TIMER.exec(line);
  if (rank) return { part: { rank: Number(rank[1]), ms: Number(rank[2]) } };
  const named = RANK_TIMERS.exec(line)?.[1];
  if (named !== undefined) return { part: { name: named } };
  const timer = TIMER.exec(line);
  if (!timer) return undefined;
  const [, name = '', min, max, only] = timer;
  return { part: { name, maxMs: Number(max ?? only), ...(min === undefined ? {} : { minMs: Number(min) }) } };
}
