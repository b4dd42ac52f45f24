import type { Delivery } from '../api/types.ts';
import { EXPIRE_AFTER_MS, retryDelayMs } from './retry.ts';
import type { NotifyResult } from './types.ts';

/** Fifth stage: what an attempt's outcome makes of a delivery. */
export function afterAttempt(delivery: Delivery, result: NotifyResult, nowMs: number, random: () => number): Delivery {
  const tried: Delivery = {
    ...delivery,
    attempts: delivery.attempts + 1,
    lastAttemptMs: nowMs,
    nextAttemptMs: null,
    lastReason: result.result === 'delivered' ? null : result.reason,
    lastStatus: result.status ?? null,
  };
  if (result.result !== 'retryable') return { ...tried, state: result.result };
  if (nowMs - delivery.createdMs >= EXPIRE_AFTER_MS) return { ...tried, state: 'expired' };
  return { ...tried, nextAttemptMs: nowMs + retryDelayMs(tried.attempts, result.retryAfterMs, random) };
}
