import { createWebhookNotifier } from '../../../../lib/alerts/webhook/notify.ts';
import { describeReceiver } from '../../../contracts/receiver.ts';

describeReceiver('webhook', {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  open: (url, secret, clock) => createWebhookNotifier({ kind: 'webhook', url, secret, minSeverity: 'warning' }, clock),
});
