import { z } from 'zod';
import { SCALAR_PREFIX } from '../event-records.ts';
import type { FormatContext, LineFormat, LineReading } from './types.ts';

/**
 * Scalars that are step times, seconds: a mean over the steps since the one before.
 * @source Megatron-LM training_log; NeMo timing callback; torchtitan MetricsProcessor
 */
const TIME_TAGS: ReadonlySet<string> = new Set([
  'iteration-time',
  'train_step_timing in s',
  'time_metrics/end_to_end(s)',
]);
/** Scalars logged once a step by nearly everyone; their wall times tell how long a step took. */
const LOSS = /loss/i;
const NOT_TRAINING = /eval|val|test/i;

const scalarSchema = z.union([
  z.object({ problem: z.string() }),
  z.object({ tag: z.string(), step: z.number(), wallSeconds: z.number(), value: z.number().optional() }),
]);

/**
 * TensorBoard event files: a step time where one is logged, else the distance of two losses in time.
 * @source event-records.ts makes these lines of the files' records
 */
export const tensorboard: LineFormat = {
  name: 'tensorboard',
  read(line, context) {
    if (!line.startsWith(SCALAR_PREFIX)) return undefined;
    const scalar = scalarSchema.safeParse(parse(line.slice(SCALAR_PREFIX.length)));
    if (!scalar.success) return undefined;
    if ('problem' in scalar.data) return { problem: scalar.data.problem };
    return readScalar(scalar.data, context);
  },
};

function readScalar(
  { tag, step, wallSeconds, value }: { tag: string; step: number; wallSeconds: number; value?: number | undefined },
  { parts }: FormatContext,
): LineReading {
  const endMs = wallSeconds * 1000;
  if (TIME_TAGS.has(tag)) {
    // From the first step time on, losses are not looked at.
    parts.timed = 1;
    return value === undefined || value <= 0 ? 'known' : { step, endMs, durationMs: value * 1000, mean: true };
  }
  if (parts.timed === 1 || !LOSS.test(tag) || NOT_TRAINING.test(tag)) return 'known';
  // Of several losses the first is followed: each is logged at a moment of its own.
  const chosen = Object.keys(parts).find((key) => key.startsWith('loss:')) ?? `loss:${tag}`;
  parts[chosen] = 1;
  return chosen === `loss:${tag}` ? { step, endMs } : 'known';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
