import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { DataTime } from '../../monitor/data-time.ts';

describe('DataTime', () => {
  it('is the newest end while data comes, whatever the clock says', () => {
    const clock = new ManualClock(1_000_000);
    const time = new DataTime(clock);
    expect(time.now()).toBeNull();
    time.saw(500);
    expect(time.now()).toBe(500);
    clock.advance(1000);
    time.saw(1500);
    time.saw(900);
    expect(time.now()).toBe(1500);
  });

  it('goes on when nothing comes, and never back when data comes late', () => {
    const clock = new ManualClock(0);
    const time = new DataTime(clock);
    time.saw(10_000);
    clock.advance(2000);
    expect(time.now()).toBe(10_000);
    clock.advance(5000);
    expect(time.now()).toBe(15_000);
    time.saw(11_000);
    expect(time.now()).toBe(15_000);
    expect(time.newestMs).toBe(11_000);
  });
});
