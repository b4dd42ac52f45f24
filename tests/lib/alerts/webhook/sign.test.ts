import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { signWebhook } from '../../../../lib/alerts/webhook/sign.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

it('signs the vector of the specification', () => {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  expect(signWebhook([secret], id, 1_614_265_330, '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

it('the public library verifies a message under the old and under the new secret', () => {
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const seconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ text: 'größer als ein Byte' });
  const headers = {
    'webhook-id': 'a.1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': signWebhook([other, secret], 'a.1', seconds, body),
  };
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(new Webhook(other).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
});
