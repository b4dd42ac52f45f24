import { describe, expect, it } from 'vitest';
import { UptimeTracker } from '../../../collectors/snmp/uptime.ts';

const DAY_TICKS = 24 * 3600 * 100;
const WRAP = 2 ** 32;

describe('the uptime of a device', () => {
  it('grows; a fall is a restart', () => {
    const uptime = new UptimeTracker();
    expect(uptime.advance({ ticks: 1000, engineBoots: null, atMs: 0 })).toBe('first');
    expect(uptime.advance({ ticks: 1500, engineBoots: null, atMs: 5000 })).toBe('same');
    expect(uptime.uptimeMs).toBe(15_000);
    expect(uptime.advance({ ticks: 20, engineBoots: null, atMs: 10_000 })).toBe('restarted');
    expect(uptime.uptimeMs).toBe(200);
  });

  it('goes on growing over the wrap of sysUpTime after 497 days, however long nobody asked', () => {
    const uptime = new UptimeTracker();
    uptime.advance({ ticks: WRAP - 100, engineBoots: 3, atMs: 0 });
    expect(uptime.advance({ ticks: 400, engineBoots: 3, atMs: 5000 })).toBe('same');
    expect(uptime.uptimeMs).toBe((WRAP + 400) * 10);
    // Two days later: half way through nothing, but where the clock says it should be.
    const later = 2 * DAY_TICKS;
    expect(uptime.advance({ ticks: 400 + later, engineBoots: 3, atMs: 5000 + later * 10 })).toBe('same');
  });

  it('that grew less than the clock during an outage is of a restart in it', () => {
    const uptime = new UptimeTracker();
    // Up for 5 minutes, silent for 20, then up for 10.
    uptime.advance({ ticks: 30_000, engineBoots: null, atMs: 0 });
    expect(uptime.advance({ ticks: 60_000, engineBoots: null, atMs: 1_200_000 })).toBe('restarted');
    expect(uptime.uptimeMs).toBe(600_000);
  });

  it.each([
    ['an agent that caches it for 20 s', 500, 25_000],
    ['a clock that is 0.5 % slow over a day', 8_640_000 * 0.995, 86_400_000],
    ['one that stands still', 0, 600_000],
  ])('is of no restart for %s', (_, grown, elapsedMs) => {
    const uptime = new UptimeTracker();
    uptime.advance({ ticks: 30_000, engineBoots: null, atMs: 0 });
    expect(uptime.advance({ ticks: 30_000 + grown, engineBoots: null, atMs: elapsedMs })).toBe('same');
  });

  it('that begins again near the wrap is a restart where the clock disagrees', () => {
    const uptime = new UptimeTracker();
    uptime.advance({ ticks: WRAP - 60 * DAY_TICKS, engineBoots: null, atMs: 0 });
    expect(uptime.advance({ ticks: 500, engineBoots: null, atMs: 5000 })).toBe('restarted');
  });

  it('does not hide a restart that the boots of the engine tell, also after an answer without them', () => {
    const uptime = new UptimeTracker();
    uptime.advance({ ticks: 1000, engineBoots: 7, atMs: 0 });
    expect(uptime.advance({ ticks: 1500, engineBoots: null, atMs: 5000 })).toBe('same');
    expect(uptime.engineBoots).toBe(7);
    expect(uptime.advance({ ticks: 9000, engineBoots: 8, atMs: 10_000 })).toBe('restarted');
    expect(uptime.engineBoots).toBe(8);
  });

  it('is unknown, not zero, where the view hides it; a restart meanwhile is still seen', () => {
    const uptime = new UptimeTracker();
    uptime.advance({ ticks: 5000, engineBoots: null, atMs: 0 });
    expect(uptime.advance({ ticks: null, engineBoots: null, atMs: 5000 })).toBe('same');
    expect(uptime.uptimeMs).toBeNull();
    expect(uptime.advance({ ticks: 100, engineBoots: null, atMs: 10_000 })).toBe('restarted');
    expect(new UptimeTracker().engineBoots).toBeNull();
  });
});
