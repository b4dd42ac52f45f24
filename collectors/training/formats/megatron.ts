import { zonedMs } from '../zoned-time.ts';
import type { LineFormat } from './types.ts';

const ITERATION =
  /(?:\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\])?\s+iteration\s+(\d+)\/\s*\d+\s+\|.*?elapsed time per iteration \(ms\):\s+([\d.]+)\s+\|/;
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
    const match = ITERATION.exec(line);
    if (!match) return BRIDGE.test(line) || TIMERS.test(line) ? 'known' : undefined;
    const endMs = match[1] === undefined ? undefined : zonedMs(match[1], tz);
    return {
      step: Number(match[2]),
      durationMs: Number(match[3]),
      mean: true,
      ...(endMs === undefined ? {} : { endMs }),
    };
  },
};
