import type { Delivery } from '../../../lib/api/types.ts';
import { MINUTE_MS } from './scene.ts';

/** One message that arrived, one that is tried again and one that was refused, newest first. */
export function firstDeliveries(nowMs: number): Delivery[] {
  const firing = arrived('d1', 'netops', nowMs - MINUTE_MS, {
    event: 'alert.firing',
    incident: 'inc-storm',
    summary: 'critical pause storm at leaf3/Ethernet1/5',
  });
  return [
    firing,
    {
      ...firing,
      id: 'd2',
      receiver: 'oncall-chat',
      attempts: 4,
      state: 'pending',
      nextAttemptMs: nowMs + 40_000,
      lastReason: 'http_5xx',
      lastStatus: 503,
    },
    {
      ...firing,
      id: 'd3',
      event: 'alert.resolved',
      state: 'rejected',
      lastReason: 'http_4xx',
      lastStatus: 401,
      createdMs: nowMs - 5 * MINUTE_MS,
    },
  ];
}

/** A test message, delivered at once. */
export function testDelivery(receiver: string, nowMs: number): Delivery {
  return arrived(`test-${nowMs}`, receiver, nowMs, {
    event: 'test',
    incident: null,
    summary: 'Test message from Stallscope',
  });
}

function arrived(
  id: string,
  receiver: string,
  atMs: number,
  content: Pick<Delivery, 'event' | 'incident' | 'summary'>,
): Delivery {
  return {
    id,
    receiver,
    kind: 'webhook',
    ...content,
    createdMs: atMs,
    attempts: 1,
    lastAttemptMs: atMs,
    nextAttemptMs: null,
    state: 'delivered',
    lastReason: null,
    lastStatus: 204,
  };
}
