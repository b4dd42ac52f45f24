import { expect, it } from 'vitest';
import { SwitchClock } from '../../../collectors/lanz/switch-clock.ts';

const NOW = 1_800_000_000_000;

it('believes a clock that is nearly right, and tells what it is off', () => {
  const clock = new SwitchClock();
  expect(clock.toLocal(NOW - 40, NOW)).toBe(NOW - 40);
  expect(clock.offsetMs).toBe(-40);
  // The fastest delivery says most.
  expect(clock.toLocal(NOW + 99, NOW + 100)).toBe(NOW + 99);
  expect(clock.offsetMs).toBe(-1);
});

it('moves the times of a wrong clock, and keeps what lies between them', () => {
  const clock = new SwitchClock();
  const years = 56 * 365 * 86_400_000;
  expect(clock.toLocal(NOW - years, NOW)).toBe(NOW);
  expect(clock.toLocal(NOW - years + 250, NOW + 250)! - NOW).toBeCloseTo(250, 0);
});

it('one time from elsewhere is refused and spoils nothing; three in a row are a clock that was set', () => {
  const clock = new SwitchClock();
  clock.toLocal(NOW, NOW);
  expect(clock.toLocal(9e15, NOW + 10)).toBeNull();
  expect(clock.toLocal(NOW + 20, NOW + 20)).toBe(NOW + 20);
  const set = NOW + 3_600_000;
  expect([clock.toLocal(set, NOW + 30), clock.toLocal(set + 1, NOW + 31)]).toEqual([null, null]);
  expect(clock.toLocal(set + 2, NOW + 32)).toBe(NOW + 32);
});
