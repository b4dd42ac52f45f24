import { describe, expect, it } from 'vitest';
import {
  certainOffsetMs,
  decidingPath,
  hasWrongClock,
  isFailing,
  sortTargets,
  stormReason,
  troubledPaths,
} from '../../../app/_lib/targets.ts';
import type { TargetHealth, TargetPathHealth } from '../../../lib/events/events.ts';
import { fakeSwitch } from '../fake-targets.ts';

const NOW = 1_800_000_000_000;
const well = (name: string, over: Partial<TargetHealth> = {}): TargetHealth => ({
  ...fakeSwitch(name, 1, 8, NOW),
  ...over,
});
const path = (over: Partial<TargetPathHealth>): TargetPathHealth => ({
  path: 'pause',
  requestedIntervalMs: 1000,
  achievedIntervalMs: 1000,
  staircaseMs: null,
  ...over,
});

describe('the list of targets', () => {
  it('has those first that need somebody, then those with something to look at, then names as people count', () => {
    const targets = [
      well('leaf10'),
      well('leaf9'),
      well('starting', { state: 'starting' }),
      well('late', { paths: [path({ achievedIntervalMs: 1500 })] }),
      well('slow', { paths: [path({ staircaseMs: 5000 })] }),
      well('clock', { clockOffsetMs: -6000 }),
      well('degraded', { state: 'degraded' }),
      well('down', { state: 'down' }),
    ];
    expect(sortTargets(targets, '').map(({ target }) => target)).toEqual([
      'down',
      'degraded',
      'clock',
      'late',
      'slow',
      'starting',
      'leaf9',
      'leaf10',
    ]);
  });

  it('can be ordered otherwise', () => {
    const targets = [
      well('a', { shortestStormMs: 2000, clockOffsetMs: null, lastSuccessMs: NOW }),
      well('b', { shortestStormMs: 9000, clockOffsetMs: 40, lastSuccessMs: NOW - 1 }),
      well('c', { shortestStormMs: null, clockOffsetMs: -90_000, lastSuccessMs: null }),
    ];
    const names = (sort: Parameters<typeof sortTargets>[2]) =>
      sortTargets(targets, '', sort).map(({ target }) => target);
    expect(names('name')).toEqual(['a', 'b', 'c']);
    expect(names('storm')).toEqual(['c', 'b', 'a']);
    expect(names('clock')).toEqual(['c', 'b', 'a']);
    expect(names('answer')).toEqual(['c', 'b', 'a']);
  });

  it('holds every word of the filter, of the error too', () => {
    const error = { atMs: NOW, message: 'no answer within 2 s' };
    const targets = [well('leaf1', { lastError: error }), well('leaf2')];
    expect(sortTargets(targets, 'LEAF no-such')).toEqual([]);
    expect(sortTargets(targets, 'leaf answer')).toHaveLength(1);
  });
});

describe('a target', () => {
  it('is judged by the path that fails, then by one that is late', () => {
    const failing = path({ path: 'queues', achievedIntervalMs: null, lastError: { atMs: NOW, message: 'genErr' } });
    const late = path({ path: 'drops', achievedIntervalMs: 2000 });
    expect(decidingPath(well('a', { paths: [path({}), late, failing] }))).toBe(failing);
    expect(decidingPath(well('a', { paths: [path({}), late] }))).toBe(late);
    expect(troubledPaths(well('a', { paths: [path({}), late, failing] }))).toBe(2);
    // What the device does not have cannot fail.
    expect(isFailing({ ...failing, served: false })).toBe(false);
    expect(isFailing(path({ achievedIntervalMs: null }))).toBe(false);
  });

  it('says what decides the shortest storm', () => {
    const paths = [path({ staircaseMs: 10_000 })];
    expect(stormReason(well('a', { shortestStormMs: 2000, paths: [path({})] }))).toMatch(/they are 1 s apart/);
    expect(stormReason(well('a', { shortestStormMs: 20_000, paths }))).toMatch(
      /refreshes its counters only every 10 s/,
    );
    expect(stormReason(well('a', { shortestStormMs: null }))).toBeNull();
  });

  it('has a wrong clock from 5 s on, and none where it does not tell', () => {
    expect(hasWrongClock(well('a', { clockOffsetMs: -5001, clockErrorMs: 0 }))).toBe(true);
    expect(hasWrongClock(well('a', { clockOffsetMs: 5000 }))).toBe(false);
    expect(hasWrongClock(well('a', { clockOffsetMs: null }))).toBe(false);
    // Told in whole seconds: what may be rounding is no accusation.
    expect(hasWrongClock(well('a', { clockOffsetMs: 5400, clockErrorMs: 500 }))).toBe(false);
    expect(hasWrongClock(well('a', { clockOffsetMs: -5600, clockErrorMs: 500 }))).toBe(true);
    expect(certainOffsetMs(well('a', { clockOffsetMs: 467, clockErrorMs: 500 }))).toBe(0);
  });
});
