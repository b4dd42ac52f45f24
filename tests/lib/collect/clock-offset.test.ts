import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../../lib/collect/clock-offset.ts';

const T0 = 1_800_000_000_000;

/** A reading of a clock that is `offsetMs` ahead and shows whole steps of `resolutionMs`. */
function look(clock: ClockOffset, offsetMs: number, atMs: number, resolutionMs = 1000, roundTripMs = 10): void {
  const shown = Math.floor((atMs + roundTripMs / 2 + offsetMs) / resolutionMs) * resolutionMs;
  clock.add(shown, resolutionMs, atMs, atMs + roundTripMs);
}

describe('the offset of a clock that shows whole seconds', () => {
  it('is not known before the first reading, and within the second after it', () => {
    const clock = new ClockOffset();
    expect(clock.offsetMs).toBeNull();
    expect(clock.errorMs).toBeNull();
    look(clock, 0, T0 + 300);
    expect(Math.abs(clock.offsetMs!)).toBeLessThanOrEqual(clock.errorMs!);
    expect(clock.errorMs).toBe(505);
  });

  it('gets narrower with every reading at another place of the second', () => {
    const clock = new ClockOffset();
    for (let i = 0; i < 10; i++) look(clock, 2340, T0 + i * 60_100);
    expect(Math.abs(clock.offsetMs! - 2340)).toBeLessThanOrEqual(clock.errorMs!);
    expect(clock.errorMs).toBeLessThan(120);
  });

  it('starts anew when the clock has been set', () => {
    const clock = new ClockOffset();
    for (let i = 0; i < 10; i++) look(clock, 0, T0 + i * 60_100);
    look(clock, 60_000, T0 + 700_000);
    expect(Math.abs(clock.offsetMs! - 60_000)).toBeLessThanOrEqual(505);
  });

  it('takes a reading that contradicts itself for none', () => {
    const clock = new ClockOffset();
    clock.add(Number.NaN, 0, T0, T0 + 1);
    // Our own clock was set back in between.
    clock.add(T0, 0, T0 + 100, T0);
    expect(clock.offsetMs).toBeNull();
  });

  it('never lies further off than it says, wherever the readings fall', () => {
    const reading = fc.record({
      gapMs: fc.integer({ min: 1000, max: 90_000 }),
      tripMs: fc.integer({ min: 0, max: 4000 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: -90_000, max: 90_000 }),
        fc.constantFrom(0, 100, 1000),
        fc.array(reading, { minLength: 1, maxLength: 30 }),
        (offsetMs, resolutionMs, readings) => {
          const clock = new ClockOffset();
          let atMs = T0;
          for (const { gapMs, tripMs } of readings) {
            atMs += gapMs;
            const truth = atMs + tripMs / 2 + offsetMs;
            const shown = resolutionMs === 0 ? truth : Math.floor(truth / resolutionMs) * resolutionMs;
            clock.add(shown, resolutionMs, atMs, atMs + tripMs);
          }
          expect(Math.abs(clock.offsetMs! - offsetMs)).toBeLessThanOrEqual(clock.errorMs! + 1e-6);
        },
      ),
    );
  });
});
