import { z } from 'zod';
import { SEVERITIES } from '../../kinds.ts';

/** Standard Webhooks asks for 24 to 64 random bytes, in base64 after `whsec_`. */
const signingSecret = z.string().refine(
  (text) => {
    const encoded = text.replace(/^whsec_/, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false;
    const bytes = Buffer.from(encoded, 'base64').length;
    return bytes >= 24 && bytes <= 64;
  },
  { error: 'must be whsec_ and 24 to 64 bytes in base64; make one with: echo "whsec_$(openssl rand -base64 32)"' },
);

/** A signed webhook (Standard Webhooks). */
export const webhookConfig = z.strictObject({
  kind: z.literal('webhook'),
  name: z.string().min(1).optional().describe('How the delivery log calls it; default: kind and number'),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .describe('Where to POST; treated as a secret'),
  secret: z
    .union([signingSecret, z.array(signingSecret).min(1)])
    .describe('Signing secret, whsec_...; a list signs with each of them, for key rotation'),
  minSeverity: z.enum(SEVERITIES).default('warning').describe('What is milder is not sent'),
});

export type WebhookConfig = z.output<typeof webhookConfig>;
