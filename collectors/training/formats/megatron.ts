import { zonedMs } from '../zoned-time.ts';
import type { LineFormat } from './types.ts';

// Two expressions, one after the other: a single one would try every pair of places in a hostile line.
const ITERATION = /\siteration\s+(\d+)\/\s*\d+\s+\|/;
const ELAPSED = /elapsed time per iteration \(ms\):\s+([\d.]+)\s+\|/;
const CLOCK = /\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\]\s{1,8}iteration\s/;
/** Megatron-Bridge repeats each step in a line of rank 0, without a number: the iteration line has it all. */
const BRIDGE = /^Step Time : [\d.]+s GPU utilization:/;
const TIMERS = /^(?:\(min, max\) time across ranks|max time across ranks|times across ranks) \(ms\):|^ {4}[\w-]+ \.*: /;

/**
 * Megatron-LM and Megatron-Bridge: one line per log interval with the mean time of its iterations.
 * @source NVIDIA/Megatron-LM megatron/training/training.py, training_log
 */
export const megatron: LineFormat = {
  name: 'megatron',
  read(line, { tz }) {
    const iteration = ITERATION.exec(line);
    const elapsed = iteration && ELAPSED.exec(line.slice(iteration.index));
    if (!iteration || !elapsed) return BRIDGE.test(line) || TIMERS.test(line) ? 'known' : undefined;
    const clock = CLOCK.exec(line)?.[1];
    const endMs = clock === undefined ? undefined : zonedMs(clock, tz);
    return {
      step: Number(iteration[1]),
      durationMs: Number(elapsed[1]),
      mean: true,
      ...(endMs === undefined ? {} : { endMs }),
    };
  },
};
