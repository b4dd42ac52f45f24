import { describe, expect, it } from 'vitest';
import { zonedMs } from '../../../collectors/training/zoned-time.ts';

const HOUR = 3_600_000;

describe('clocks in a zone', () => {
  it('that are put back tell an hour twice: the first, or what follows the line before', () => {
    // Berlin: 03:00 +02:00 becomes 02:00 +01:00 at 01:00 UTC; New York: 02:00 -04:00 becomes 01:00 -05:00 at 06:00 UTC.
    const berlin = Date.UTC(2026, 9, 25, 1, 0);
    const newYork = Date.UTC(2026, 10, 1, 6, 0);
    for (const [zone, change, text] of [
      ['Europe/Berlin', berlin, '2026-10-25 02:30:00'],
      ['America/New_York', newYork, '2026-11-01 01:30:00'],
    ] as const) {
      expect(zonedMs(text, zone)).toBe(change - HOUR / 2);
      expect(zonedMs(text, zone, change - HOUR / 2 + 5000)).toBe(change - HOUR / 2);
      expect(zonedMs(text, zone, change + HOUR / 2 - 5000)).toBe(change + HOUR / 2);
      // Ranks come a little out of order.
      expect(zonedMs(text, zone, change + HOUR / 2 + 60_000)).toBe(change + HOUR / 2);
    }
    expect(zonedMs('2026-10-25 03:00:00.5', 'Europe/Berlin')).toBe(berlin + HOUR + 500);
    expect(zonedMs('2026-10-25 01:59:59', 'Europe/Berlin')).toBe(berlin - HOUR - 1000);
  });

  it('that are put forward never show an hour; one that does is read as if they had not been', () => {
    expect(zonedMs('2026-03-29 01:59:59', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 0, 59, 59));
    expect(zonedMs('2026-03-29 03:00:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1, 0, 0));
    expect(zonedMs('2026-03-29 02:30:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1, 30, 0));
  });

  it('are read the same a day around a change, in zones of any offset', () => {
    for (const zone of [
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Pacific/Auckland',
    ]) {
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      for (let at = Date.UTC(2026, 0, 1, 0, 7); at < Date.UTC(2027, 0, 1); at += 7 * HOUR) {
        expect(zonedMs(format.format(at), zone, at - 60_000), `${zone} ${new Date(at).toISOString()}`).toBe(at);
      }
    }
  });
});
