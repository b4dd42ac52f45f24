import type { Clock } from '../../clock.ts';
import { postMessage } from '../post.ts';
import type { AlertMessage, Notifier } from '../types.ts';
import type { WebhookConfig } from './config.ts';
import { signWebhook } from './sign.ts';

/** Grows when a field of `data` changes its meaning; new fields do not. */
const PAYLOAD_VERSION = 1;

/** The body that is signed and sent: {type, timestamp, data}. */
export function webhookBody(message: AlertMessage): string {
  const { id: _, event, eventMs, sinceMs, untilMs, ...rest } = message;
  const data = {
    version: PAYLOAD_VERSION,
    status: event === 'alert.resolved' ? 'resolved' : 'firing',
    ...rest,
    since: new Date(sinceMs).toISOString(),
    until: untilMs === null ? null : new Date(untilMs).toISOString(),
  };
  return JSON.stringify({ type: event, timestamp: new Date(eventMs).toISOString(), data });
}

/** A generic signed webhook. */
export function createWebhookNotifier(config: WebhookConfig, clock: Clock): Notifier {
  const secrets = Array.isArray(config.secret) ? config.secret : [config.secret];
  return {
    notify(message, signal) {
      const body = webhookBody(message);
      const nowMs = clock.now();
      const timestampSeconds = Math.floor(nowMs / 1000);
      return postMessage({
        url: config.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'stallscope',
          'webhook-id': message.id,
          'webhook-timestamp': String(timestampSeconds),
          'webhook-signature': signWebhook(secrets, message.id, timestampSeconds, body),
        },
        body,
        signal,
        nowMs,
      });
    },
  };
}
