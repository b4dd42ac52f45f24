import { describe, expect, it } from 'vitest';
import { leafSpine } from '../detectors/frames.ts';
import { railOptimised, threeTier, withoutRates } from './fabrics.ts';
import { job, type Second, World } from './world.ts';

function told(world: World): string[] {
  return world
    .counted()
    .map(({ kind, rootDevice, rootPort }) => `${kind} ${rootDevice}/${rootPort}`)
    .sort();
}

/** A host that holds its leaf port, and what its leaf holds for it. */
const storm = (leaf: string, port: string, host: string, hostPort = '1'): Second => ({
  [`${leaf}/${port}`]: { rxPause: 0.7, util: 0.3 },
  [`${host}/${hostPort}`]: { txPause: 0.7 },
});

describe('deadlocks', () => {
  /** leaf0 -> spine0 -> leaf1 -> spine1 -> leaf0: each egress port waits for the next. */
  const circle = (rxPause: number, util: number): Second => ({
    'leaf0/5': { rxPause, util },
    'spine0/2': { rxPause, util },
    'leaf1/6': { rxPause, util },
    'spine1/1': { rxPause, util },
  });
  const ring = ['leaf0/5', 'spine0/2', 'leaf1/6', 'spine1/1'];

  it('over two leaves and two spines, with those who wait outside of it as victims', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(30);
    world.run(5, { ...circle(1, 0), 'leaf2/5': { rxPause: 0.9, util: 0.1 }, 'spine0/3': { txPause: 0.9 } });
    const [incident] = world.counted();
    expect(told(world)).toHaveLength(1);
    expect(incident?.kind).toBe('pfc-deadlock');
    expect(ring).toContain(`${incident?.rootDevice}/${incident?.rootPort}`);
  });

  it('that fills one long interval, or agreeing parts of it', () => {
    for (const [paused, util] of [
      [0.95, 0.02],
      [0.55, 0.3],
    ] as const) {
      const world = new World(leafSpine(4, 2, 4), [], true, 5000);
      world.run(6);
      world.run(1, circle(paused, util));
      world.run(8);
      expect(world.counted().map(({ kind }) => kind)).toEqual(['pfc-deadlock']);
    }
  });

  it('not where ports of a circle are held for different times, nor where a host holds one of its switches', () => {
    const uneven = new World(leafSpine(4, 2, 4), [], true, 5000);
    uneven.run(6);
    uneven.run(1, { ...circle(0.55, 0.3), 'leaf1/6': { rxPause: 0.9, util: 0.1 } });
    uneven.run(3);
    expect(uneven.counted()).toEqual([]);
    const held = new World(leafSpine(4, 2, 4), [], true, 5000);
    held.run(6);
    held.run(1, { ...circle(0.55, 0.3), ...storm('leaf0', '1', 'host00') });
    held.run(3);
    expect(told(held)).toEqual(['pause-storm host00/1']);
  });
});

describe('incasts', () => {
  it('of two senders, seen from switches alone', () => {
    const world = new World(leafSpine(4, 2, 4));
    for (const { device, role } of world.fabric.devices) if (role === 'host') world.unpolled.add(device);
    const others = { rxBytes: 1e7 };
    const idle: Second = Object.fromEntries(['2', '3', '4'].map((port) => [`leaf0/${port}`, others]));
    world.run(30, idle);
    world.run(6, {
      ...idle,
      'leaf0/1': { util: 0.95, ecn: 0.5, rxBytes: 1e7 },
      'leaf0/5': { txPause: 0.2, rxBytes: 6e9 },
      'leaf0/6': { txPause: 0.2, rxBytes: 6e9 },
      'spine0/1': { rxPause: 0.2 },
      'spine1/1': { rxPause: 0.2 },
    });
    expect(told(world)).toEqual(['incast leaf0/1']);
  });

  it('name the job whose hosts send', () => {
    const senders = ['host10', 'host11', 'host20', 'host21'];
    const jobs = [job('noisy', senders), job('hurt', ['host00', 'host12'])];
    const world = new World(leafSpine(4, 2, 4), jobs);
    const quiet: Second = Object.fromEntries(
      world.fabric.devices.filter(({ role }) => role === 'host').map(({ device }) => [`${device}/1`, { util: 0.05 }]),
    );
    world.run(30, quiet);
    world.run(6, {
      ...quiet,
      ...Object.fromEntries(senders.map((host) => [`${host}/1`, { util: 0.5 }])),
      'leaf0/1': { util: 0.95, ecn: 0.5 },
      'leaf0/5': { txPause: 0.2 },
      'leaf0/6': { txPause: 0.2 },
    });
    expect(world.counted()[0]).toMatchObject({ kind: 'incast', rootDevice: 'leaf0', aggressorJob: 'noisy' });
  });

  it('of one sender are none', () => {
    const world = new World(leafSpine(4, 2, 4));
    const lone: Second = Object.fromEntries(['2', '3', '4', '5'].map((port) => [`leaf0/${port}`, { rxBytes: 1e7 }]));
    world.run(30);
    world.run(10, { ...lone, 'leaf0/1': { util: 0.95, ecn: 0.5, rxBytes: 1e7 }, 'leaf0/6': { txPause: 0.2 } });
    expect(told(world)).toEqual([]);
  });
});

describe('queues that are over', () => {
  const jobs = [job('train', ['host00', 'host10'])];
  const incast: Second = {
    'leaf0/1': { util: 0.95, ecn: 0.5 },
    'leaf0/5': { txPause: 0.2 },
    'leaf0/6': { txPause: 0.2 },
  };
  const past = (): World => {
    const world = new World(leafSpine(4, 2, 4), jobs);
    world.run(30);
    world.run(8, incast);
    world.run(20);
    expect(world.counted()).toHaveLength(1);
    expect(world.counted()[0]?.endMs).not.toBeNull();
    return world;
  };

  it('are information once everyone who may have waited has reported steps, none of them slow', () => {
    const world = past();
    expect(world.diagnosis.settleHarmless(new Map([['train', 45_000]]))).toMatchObject([
      { kind: 'incast', severity: 'info', detectedMs: null },
    ]);
    expect(world.counted()).toEqual([]);
  });

  it('stay while it is not known whom they hurt, or when it is known that they did', () => {
    const world = past();
    expect(world.diagnosis.settleHarmless(new Map())).toEqual([]);
    expect(world.diagnosis.settleHarmless(new Map([['train', 35_000]]))).toEqual([]);
    const id = world.counted()[0]?.id ?? '';
    world.diagnosis.applyCost(id, { job: 'train', lostSeconds: 1, lostSecondsLow: 0, lostSecondsHigh: 2, steps: 1 });
    expect(world.diagnosis.settleHarmless(new Map([['train', 45_000]]))).toEqual([]);
    expect(world.counted()).toHaveLength(1);
  });

  it('that began with a fault of the same job are its consequence, unless they outlive it', () => {
    const world = new World(leafSpine(4, 2, 4), jobs);
    world.run(30);
    world.run(10, { ...incast, ...storm('leaf1', '1', 'host10') });
    expect(told(world)).toEqual(['pause-storm host10/1']);
    world.run(40, incast);
    expect(told(world)).toEqual(['incast leaf0/1', 'pause-storm host10/1']);
  });
});

describe('where the root is', () => {
  it('a spine port that loses packets', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(30);
    world.run(6, { 'spine1/3': { drops: 10_000 } });
    expect(told(world)).toEqual(['packet-loss spine1/3']);
  });

  it('a link that lost lanes although nobody declared its rate', () => {
    const world = new World(withoutRates(leafSpine(4, 2, 4)));
    world.run(30);
    world.run(6, { 'spine1/3': { rate: 25e9, util: 0.9 }, 'leaf2/6': { rate: 25e9, util: 0.9 } });
    expect(world.counted()).toHaveLength(1);
    expect(world.counted()[0]?.kind).toBe('link-degraded');
  });

  it('a host three tiers away from those who wait', () => {
    const world = new World(threeTier(2));
    world.run(30);
    const waiting = { rxPause: 0.5 };
    const holding = { txPause: 0.5 };
    world.run(6, {
      ...storm('p0l0', '1', 'p0l0h0'),
      'p0l0/3': holding,
      'p0s0/1': waiting,
      'p0s0/3': holding,
      'core0/1': waiting,
      'core0/3': holding,
      'p1s0/3': waiting,
      'p1s0/1': holding,
      'p1l0/3': waiting,
    });
    expect(told(world)).toEqual(['pause-storm p0l0h0/1']);
    const victims = world.counted()[0]?.victims.map((port) => `${port.device}/${port.port}`);
    expect(victims).toEqual(expect.arrayContaining(['p0s0/1', 'core0/1', 'p1s0/3', 'p1l0/3']));
  });

  it('one NIC of a rail-optimised host; its other rails are not accused', () => {
    const world = new World(railOptimised(4, 4, 2), [job('train', ['host0', 'host1', 'host2', 'host3'])]);
    world.run(30);
    world.run(6, { ...storm('rail2', '1', 'host0', '3'), 'rail2/2': { txPause: 0.4 }, 'host1/3': { rxPause: 0.4 } });
    expect(told(world)).toEqual(['pause-storm host0/3']);
    expect(world.counted()[0]?.victims).toEqual([{ device: 'host1', port: '3' }]);
  });

  it('one of 400 ports', () => {
    const world = new World(leafSpine(20, 4, 6));
    world.run(30);
    world.run(4, storm('leaf17', '3', 'host172'));
    expect(told(world)).toEqual(['pause-storm host172/1']);
  });
});

describe('a cable whose two ends disagree about its pause', () => {
  const disagree: Second = {
    'leaf0/1': { rxPause: 0.7, util: 0.3 },
    'host00/1': { txPause: 0.1 },
  };

  it('is said with the incident that stands on it, which is trusted less', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(30);
    world.run(2, disagree);
    expect(world.counted()[0]?.notVisible).toEqual([]);
    const sure = world.counted()[0]?.confidence ?? 0;
    world.run(4, disagree);
    expect(world.counted()[0]?.notVisible).toEqual([
      expect.stringContaining('leaf0/1 says it was paused 70 % of the time, host00/1 says it asked for 10 %'),
    ]);
    expect(world.counted()[0]?.confidence).toBeCloseTo(sure / 2);
  });

  it('is no matter where both agree, or one is not read', () => {
    for (const unpolled of [[], ['host00']]) {
      const world = new World(leafSpine(4, 2, 4));
      for (const device of unpolled) world.unpolled.add(device);
      world.run(30);
      world.run(6, unpolled.length > 0 ? disagree : storm('leaf0', '1', 'host00'));
      expect(world.counted()[0]?.notVisible).toEqual([]);
    }
  });
});

describe('at the edges of a recording', () => {
  it('a storm that is there from the first interval on', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(4, storm('leaf0', '1', 'host00'));
    expect(told(world)).toEqual(['pause-storm host00/1']);
    expect(world.counted()[0]).toMatchObject({ startMs: 0, endMs: null });
  });

  it('a storm in the last interval', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(30);
    world.run(1, storm('leaf0', '1', 'host00'));
    expect(told(world)).toEqual(['pause-storm host00/1']);
    expect(world.counted()[0]).toMatchObject({ startMs: 30_000, endMs: null, detectedMs: 31_000 });
  });
});
