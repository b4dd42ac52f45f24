import { expect, it } from 'vitest';
import { redactSecrets } from '../../../lib/config/secrets.ts';

it('prints secrets as *** and URLs as scheme and host', () => {
  const shown = redactSecrets({
    auths: { core: { version: '2c', community: 'hunter2' } },
    receivers: [{ kind: 'webhook', url: 'https://hooks.example.org/services/T0/hunter2', secret: ['hunter2'] }],
    server: { tokens: [{ name: 'jobs', token: 'hunter2' }] },
    store: { kind: 'influxdb', url: 'http://user:hunter2@influx:8086', token: 'hunter2' },
    targets: [{ config: { auth: { password: 'hunter2', privPassword: 'hunter2' } } }],
  });
  expect(JSON.stringify(shown)).not.toContain('hunter2');
  expect(shown).toMatchObject({
    auths: { core: { version: '2c', community: '***' } },
    receivers: [{ url: 'https://hooks.example.org/***', secret: ['***'] }],
    store: { url: 'http://influx:8086' },
  });
});
