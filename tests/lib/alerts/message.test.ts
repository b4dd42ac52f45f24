import { describe, expect, it } from 'vitest';
import { messageOf, testMessage } from '../../../lib/alerts/message.ts';
import type { AlertMessage } from '../../../lib/alerts/types.ts';
import { webhookBody } from '../../../lib/alerts/webhook/notify.ts';
import { incident } from './incident-fixture.ts';

const notice = { event: 'alert.firing', fingerprint: 'f', id: 'f.1', severity: 'critical' } as const;

describe('messageOf', () => {
  it('says what, where, since when, how much against which threshold, who lost what, and links to the incident', () => {
    expect(messageOf(incident(), notice, 'https://stallscope.example.org/')).toMatchObject({
      kind: 'pause-storm',
      severity: 'critical',
      where: { device: 'leaf3', port: 'Ethernet1/7', priority: 3 },
      sinceMs: 1_795_000_000_000,
      eventMs: 1_795_000_002_000,
      measured: { metric: 'rxPauseFraction', value: 0.65, threshold: 0.1, unit: 'fraction' },
      jobs: [{ job: 'llama', lostSeconds: 12.5, lostSecondsLow: 9, lostSecondsHigh: 15, steps: 3 }],
      lostSeconds: 12.5,
      victims: ['spine1/Ethernet3'],
      link: 'https://stallscope.example.org/incidents/inc-1',
    });
  });

  it('leaves the link out where nobody knows the base URL', () => {
    expect(messageOf(incident(), notice, null).link).toBeNull();
  });

  it('stays under 20 kB with thousands of long names', () => {
    const long = '\u{1f525}"\\\u0001'.repeat(2000);
    const ports = Array.from({ length: 5000 }, (_, index) => ({ device: `${index}${long}`, port: long }));
    const cost = { lostSeconds: 1, lostSecondsLow: 0, lostSecondsHigh: 2, steps: 1 };
    const huge = incident({
      id: long,
      rootDevice: long,
      rootPort: long,
      summary: long,
      victims: ports,
      senders: ports,
      notVisible: ports.map(({ device }) => device),
      jobs: ports.map(({ device }) => ({ job: device, ...cost })),
    });
    const message = messageOf(huge, notice, 'https://s.example.org');
    expect(Buffer.byteLength(webhookBody(message))).toBeLessThan(20_000);
    expect(message.victimCount).toBe(5000);
  });
});

describe('webhookBody', () => {
  const body = (message: AlertMessage) => JSON.parse(webhookBody(message));

  it('is {type, timestamp, data} with ISO times', () => {
    expect(body(messageOf(incident(), notice, null))).toMatchObject({
      type: 'alert.firing',
      timestamp: new Date(1_795_000_002_000).toISOString(),
      data: { version: 1, status: 'firing', since: new Date(1_795_000_000_000).toISOString(), until: null },
    });
  });

  it('a resolved one bears the time of the end', () => {
    const endMs = 1_795_000_060_000;
    const message = messageOf(incident({ endMs }), { ...notice, event: 'alert.resolved' }, null);
    expect(body(message)).toMatchObject({
      type: 'alert.resolved',
      timestamp: new Date(endMs).toISOString(),
      data: { status: 'resolved', until: new Date(endMs).toISOString() },
    });
  });

  it('a test says that nothing is wrong', () => {
    expect(body(testMessage('netops', 't', 5, null))).toMatchObject({ type: 'test', data: { kind: 'test' } });
  });
});
