import { z } from 'zod';
import { webhookConfig } from './webhook/config.ts';

/** One receiver of alerts; a new kind adds its schema here and its notifier to receivers.ts. */
export const receiverSchema = z.discriminatedUnion('kind', [webhookConfig], {
  error: 'must be one of webhook',
});
export type ReceiverConfig = z.output<typeof receiverSchema>;
