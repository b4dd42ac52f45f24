import type { Clock } from '../clock.ts';
import type { ReceiverConfig } from './config.ts';
import type { Notifier } from './types.ts';
import { createWebhookNotifier } from './webhook/notify.ts';

/** The notifier of each kind of receiver; a new kind adds a line. */
export const NOTIFIERS: {
  [Kind in ReceiverConfig['kind']]: (config: Extract<ReceiverConfig, { kind: Kind }>, clock: Clock) => Notifier;
} = {
  webhook: createWebhookNotifier,
};

/** A configured receiver under the name the delivery log shows. */
export interface Receiver {
  name: string;
  config: ReceiverConfig;
  notifier: Notifier;
}

/** Names receivers that have no name of their own "webhook 1", "webhook 2", ... */
export function createReceivers(configs: readonly ReceiverConfig[], clock: Clock): Map<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  configs.forEach((config, index) => {
    const name = config.name ?? `${config.kind} ${index + 1}`;
    receivers.set(name, { name, config, notifier: NOTIFIERS[config.kind](config, clock) });
  });
  return receivers;
}
