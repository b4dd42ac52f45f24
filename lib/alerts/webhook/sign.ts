import { createHmac } from 'node:crypto';

/**
 * The `webhook-signature` header: one `v1,<base64>` for each secret, so that a receiver can change its secret.
 * @param body the very bytes that are sent
 * @source https://www.standardwebhooks.com (HMAC-SHA256 over `<id>.<timestamp>.<body>`)
 */
export function signWebhook(secrets: readonly string[], id: string, timestampSeconds: number, body: string): string {
  const content = `${id}.${timestampSeconds}.${body}`;
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(content, 'utf8').digest('base64')}`;
    })
    .join(' ');
}
