import { describe, expect, it } from 'vitest';
import { readDate, SystemClock } from '../../../collectors/snmp/device-clock.ts';
import { FakeAgent, object, sessionWith } from './fake-agent.ts';

const DATE = '1.3.6.1.2.1.25.1.2.0';

describe('a DateAndTime', () => {
  it.each([
    // 1992-5-26 13:30:15.0 -4:0, the example of RFC 2579.
    ['07c8051a0d1e0f00' + '2d0400', '1992-05-26T17:30:15.000Z', true],
    ['07e90b1e0c000003' + '2b0530', '2025-11-30T06:12:00.300Z', true],
    ['07e90b1e0c000000', '2025-11-30T12:00:00.000Z', false],
    // A leap second.
    ['07e00c1f173b3c00' + '2b0000', '2017-01-01T00:00:00.000Z', true],
  ])('%s is %s', (hex, iso, zoned) => {
    expect(readDate(Buffer.from(hex, 'hex'))).toMatchObject({ atMs: Date.parse(iso), zoned });
  });

  it.each([
    '',
    '07e9',
    '07e90d1e0c000000',
    '07e90b200c000000',
    '07e90b1e18000000',
    '07e90b1e0c3c0000',
    '07e90b1e0c00000a',
    '07e90b1e0c0000002a0100',
    '07e90b1e0c0000002b0f00',
  ])('%s is none', (hex) => expect(readDate(Buffer.from(hex, 'hex'))).toBeNull());
});

/** Octets of a clock. */
function dateOf(atMs: number, zone: string, tenths: boolean): string {
  const date = new Date(atMs);
  const parts = [
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  const year = date.getUTCFullYear();
  const deciseconds = tenths ? Math.floor(date.getUTCMilliseconds() / 100) : 0;
  return Buffer.from([year >> 8, year & 0xff, ...parts, deciseconds]).toString('hex') + zone;
}

async function followed(texts: ((nowMs: number) => string)[], spoil = false): Promise<SystemClock> {
  const agent = await FakeAgent.start();
  const session = sessionWith(agent);
  if (spoil) agent.behaviour.spoil = () => Buffer.from('nonsense');
  const clock = new SystemClock(session);
  try {
    for (const text of texts) {
      agent.load([object(DATE, '4x', text(Date.now()))]);
      await clock.read(() => Date.now());
    }
    return clock;
  } finally {
    session.close();
    agent.close();
  }
}

describe("a device's clock over SNMP", () => {
  it('is compared to the tenth of a second where the device tells tenths', async () => {
    const clock = await followed(
      Array.from({ length: 3 }, () => (nowMs) => dateOf(nowMs + 7_654_321 + 50, '2b0000', true)),
    );
    expect(Math.abs(clock.offsetMs! - 7_654_371)).toBeLessThan(clock.errorMs! + 50);
    expect(clock.note).toBeNull();
  });

  it('is not told to be far off for a time zone that is not told', async () => {
    const inIndia = (nowMs: number) => dateOf(nowMs + 5.5 * 3_600_000 + 8000, '', false);
    const clock = await followed([inIndia]);
    expect(Math.abs(clock.offsetMs! - 8000)).toBeLessThanOrEqual(clock.errorMs! + 50);
    expect(clock.note).toMatch(/time zone/);
  });

  it('is not told where the device has none, answers no date, or fails over it', async () => {
    expect((await followed([() => ''])).offsetMs).toBeNull();
    expect((await followed([() => '00'])).offsetMs).toBeNull();
    expect((await followed([() => ''], true)).offsetMs).toBeNull();
  });
});
