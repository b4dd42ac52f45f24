import { z } from 'zod';
import { ParseError } from '../../lib/errors.ts';
import type { ParsedStep } from '../training/formats/types.ts';
import type { MlflowConfig } from './config.ts';

/** Values of one answer; more than the server gives by itself. */
const MOST_VALUES = 1_000_000;

const whole = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
const valueSchema = z.object({
  timestamp: whole,
  /** protobuf leaves out what is 0 */
  step: whole.default(0),
  /** Not-a-number and infinities are text. */
  value: z.union([z.number(), z.string().max(32)]).optional(),
});
const answerSchema = z.object({
  metrics: z.array(z.unknown()).max(MOST_VALUES).default([]),
  next_page_token: z.string().max(4096).optional(),
});

/** A value of a metric: logged at a step, at a time (Unix ms). */
export interface MetricValue {
  timestampMs: number;
  step: number;
  value: number;
}

/** One page of a metric's history, by time. */
export interface HistoryPage {
  values: MetricValue[];
  /** Entries that are no values. */
  refused: number;
  /** Where the next page begins; undefined for the last. */
  next?: string;
}

/**
 * Reads the answer of `metrics/get-history`. An entry that cannot be read costs itself.
 * @throws ParseError where it is no such answer
 * @source mlflow/mlflow mlflow/protos/service.proto, GetMetricHistory
 */
export function readHistory(body: string): HistoryPage {
  const answer = answerSchema.safeParse(parse(body));
  if (!answer.success) throw new ParseError('the answer is no history of a metric: is this an MLflow tracking server?');
  const { metrics, next_page_token: next = '' } = answer.data;
  const values: MetricValue[] = [];
  for (const metric of metrics) {
    const read = valueSchema.safeParse(metric);
    if (!read.success) continue;
    const { timestamp, step, value = 0 } = read.data;
    values.push({ timestampMs: timestamp, step, value: Number(value) });
  }
  values.sort((a, b) => a.timestampMs - b.timestampMs || a.step - b.step);
  return { values, refused: metrics.length - values.length, ...(next === '' ? {} : { next }) };
}

/** A value as a step: when it was logged, and how long it took where the metric says so. */
export function stepOf({ timestampMs, step, value }: MetricValue, unit: MlflowConfig['stepTimeUnit']): ParsedStep {
  if (unit === undefined) return { step, endMs: timestampMs };
  return { step, endMs: timestampMs, durationMs: unit === 's' ? value * 1000 : value };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
