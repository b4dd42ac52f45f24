import { describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/index.ts';
import type { DeviceInfo, Link } from '../../../lib/topology/types.ts';
import { leafSpine } from '../detectors/frames.ts';
import { job, type Second, World } from './world.ts';

/** Leaf 0 holds everything behind its host 1, spines pass it on to the other leaves. */
function storm(p: number, spread: number): Second {
  return {
    'leaf0/1': { rxPause: p, util: 0.35 },
    'host00/1': { txPause: p },
    'leaf0/2': { txPause: spread },
    'host01/1': { rxPause: spread },
    'leaf0/5': { txPause: spread },
    'leaf0/6': { txPause: spread },
    'spine0/1': { rxPause: spread },
    'spine1/1': { rxPause: spread },
    'spine0/2': { txPause: spread },
    'spine0/3': { txPause: spread },
    'spine0/4': { txPause: spread },
    'leaf1/5': { rxPause: spread },
    'leaf2/5': { rxPause: spread },
    'leaf3/5': { rxPause: spread },
  };
}

describe('one root, one incident', () => {
  it('names the slow receiver and lists the uplinks of other leaves as victims (golden case 15)', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(25);
    world.run(6, storm(0.3, 0.25));
    expect(world.counted()).toHaveLength(1);
    const [incident] = world.counted();
    expect(incident).toMatchObject({ kind: 'slow-receiver', rootDevice: 'host00', rootPort: '1' });
    const victims = incident!.victims.map((port) => `${port.device}/${port.port}`);
    expect(victims).toEqual(
      expect.arrayContaining(['spine0/1', 'spine1/1', 'leaf1/5', 'leaf2/5', 'leaf3/5', 'host01/1']),
    );
    expect(incident!.edges).toContainEqual(
      expect.objectContaining({ from: { device: 'leaf1', port: '5' }, to: { device: 'spine0', port: '1' } }),
    );
  });

  it('names an incast with its senders when the port itself is not held (golden case 16)', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(25);
    const senders = ['host10', 'host11', 'host12', 'host13', 'host20', 'host21', 'host22', 'host23'];
    world.run(6, {
      ...storm(0, 0.25),
      'leaf0/1': { rxPause: 0, util: 0.97, ecn: 0.4 },
      'host00/1': {},
      ...Object.fromEntries(senders.map((host) => [`${host}/1`, { util: 0.5 }])),
      ...Object.fromEntries(
        ['host01', 'host02', 'host03', 'host30', 'host31', 'host32', 'host33'].map((host) => [
          `${host}/1`,
          { util: 0.01 },
        ]),
      ),
    });
    expect(world.counted()).toHaveLength(1);
    const [incident] = world.counted();
    expect(incident).toMatchObject({ kind: 'incast', rootDevice: 'leaf0', rootPort: '1' });
    expect(incident!.senders.map((port) => port.device).sort()).toEqual(senders);
  });

  it('keeps two roots apart', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(25);
    world.run(5, { ...storm(0.7, 0.3), 'leaf2/3': { rxPause: 0.6 }, 'host22/1': { txPause: 0.6 } });
    expect(
      world
        .counted()
        .map((incident) => `${incident.rootDevice}/${incident.rootPort}`)
        .sort(),
    ).toEqual(['host00/1', 'host22/1']);
  });

  it('counts those at both ends of a slow cable as its victims', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(25);
    world.run(14, {
      'leaf0/5': { rate: 25e9, util: 0.9 },
      'spine0/1': { rate: 25e9, util: 0.9, ecn: 0.5 },
      'spine0/2': { txPause: 0.6 },
      'leaf1/5': { rxPause: 0.6 },
    });
    expect(world.counted().map(({ kind }) => kind)).toEqual(['link-degraded']);
    expect(world.counted()[0]!.victims).toContainEqual({ device: 'leaf1', port: '5' });
  });

  it('prefers uneven uplinks to the incast that began with them on one switch', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(25);
    world.run(8, {
      'leaf0/1': { util: 0.8, ecn: 0.5 },
      'leaf0/2': { txPause: 0.2 },
      'leaf0/3': { txPause: 0.2 },
      'leaf0/5': { util: 0.9, ecn: 0.3 },
      'leaf0/6': { util: 0.02 },
    });
    expect(world.counted().map(({ kind }) => kind)).toEqual(['ecmp-collision']);
  });

  it('names the switch port when the host is not polled', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.unpolled.add('host00');
    world.run(5, storm(0.7, 0.3));
    expect(world.counted()[0]).toMatchObject({ kind: 'pause-storm', rootDevice: 'leaf0', rootPort: '1' });
  });

  it('tells unexplained pause only when it lasts, and says what is not polled', () => {
    const world = new World(leafSpine(4, 2, 4));
    for (const device of ['leaf0', 'host00', 'host01', 'host02', 'host03']) world.unpolled.add(device);
    world.run(4, storm(0.7, 0.6));
    expect(world.counted()).toEqual([]);
    world.run(8, storm(0.7, 0.6));
    const named = world.counted();
    expect(named.length).toBeGreaterThan(0);
    for (const incident of named) {
      expect(incident.kind).toBe('congestion');
      expect(incident.confidence).toBeLessThan(0.5);
    }
    expect(named.flatMap((incident) => incident.notVisible)).toContain('leaf0 is not polled');
  });

  it('tells pause that began together once, wherever it seems to end', () => {
    const world = new World(leafSpine(4, 2, 4));
    const stuck = { rxPause: 0.7, util: 0.1 };
    world.run(20, { 'leaf1/5': stuck, 'leaf2/6': stuck, 'spine0/3': stuck, 'spine1/4': stuck });
    expect(world.counted()).toHaveLength(1);
    expect(world.counted()[0]).toMatchObject({ kind: 'congestion' });
  });

  it('keeps a standing difference of uplinks as information, unless links lie idle', () => {
    const standing = (severity: 'warning' | 'critical') => {
      const world = new World(leafSpine(4, 2, 4));
      world.run(5);
      const at = { device: 'leaf0', port: '5', startMs: 0, endMs: null, evidence: [] };
      world.diagnosis.addEpisodes([{ id: 'x', kind: 'uplink-imbalance', severity, ...at }]);
      world.run(2);
      return world.diagnosis.incidents().map((incident) => incident.severity);
    };
    expect(standing('warning')).toEqual(['info']);
    expect(standing('critical')).toEqual(['critical']);
  });

  it('is silent on a quiet fabric and on an empty one', () => {
    const world = new World(leafSpine(4, 2, 4));
    world.run(60);
    expect(world.diagnosis.incidents()).toEqual([]);
    expect(createDiagnosis().advance(1000)).toEqual([]);
  });
});

describe('deadlock (golden case 14)', () => {
  const ring: { devices: DeviceInfo[]; links: Link[] } = {
    devices: ['a', 'b', 'c'].map((device) => ({ device, role: 'switch', polled: true })),
    links: [
      { a: { device: 'a', port: 'out' }, b: { device: 'b', port: 'in' }, source: 'config' },
      { a: { device: 'b', port: 'out' }, b: { device: 'c', port: 'in' }, source: 'config' },
      { a: { device: 'c', port: 'out' }, b: { device: 'a', port: 'in' }, source: 'config' },
    ],
  };
  const stuck: Second = Object.fromEntries(['a', 'b', 'c'].map((device) => [`${device}/out`, { rxPause: 1, util: 0 }]));

  it('reports the circle in order', () => {
    const world = new World(ring);
    world.run(3, stuck);
    const deadlock = world.counted().find((incident) => incident.kind === 'pfc-deadlock');
    expect(deadlock).toMatchObject({ severity: 'critical', endMs: null });
    expect(deadlock?.evidence[0]?.text).toContain('a/out -> b/out -> c/out -> a/out');
  });

  it('does not call it over when a port of the circle falls silent', () => {
    const world = new World(ring);
    world.run(3, stuck);
    world.unpolled.add('b');
    world.run(30, stuck);
    expect(world.counted().find((incident) => incident.kind === 'pfc-deadlock')).toMatchObject({ endMs: null });
  });
});

describe('what it may have cost', () => {
  const own = job('own', ['host00', 'host10']);
  const near = job('near', ['host01', 'host20']);
  const far = job('far', ['host32', 'host33']);

  it('gives evidence to jobs on the way of the pause, none to others', () => {
    const world = new World(leafSpine(4, 2, 4), [own, near, far]);
    world.run(10, storm(0.6, 0.3));
    const range = { startMs: 0, endMs: 10_000 };
    const total = (name: string): number =>
      world.diagnosis
        .impactsOf(name, range)
        .flatMap((impact) => impact.segments)
        .reduce((sum, segment) => sum + segment.evidenceSeconds, 0);
    expect(total('own')).toBeGreaterThan(5);
    expect(total('near')).toBeGreaterThan(2);
    expect(total('near')).toBeLessThanOrEqual(total('own'));
    expect(total('far')).toBe(0);
  });

  it('never has more evidence than time', () => {
    const world = new World(leafSpine(4, 2, 4), [own]);
    world.run(20, storm(0.9, 0.6));
    for (const impact of world.diagnosis.impactsOf('own', { startMs: 0, endMs: 20_000 })) {
      for (const { startMs, endMs, evidenceSeconds } of impact.segments) {
        expect(evidenceSeconds).toBeLessThanOrEqual((endMs - startMs) / 1000 + 1e-9);
      }
    }
  });

  it('counts what was watched', () => {
    const world = new World(leafSpine(4, 2, 4), [own]);
    world.run(10);
    expect(world.diagnosis.coverageOf('own', { startMs: 2000, endMs: 9000 })).toEqual({
      watchedFraction: 1,
      congestedFraction: 0,
    });
    for (const device of ['leaf0', 'host00', 'spine0', 'spine1']) world.unpolled.add(device);
    world.run(20);
    expect(world.diagnosis.coverageOf('own', { startMs: 20_000, endMs: 29_000 })?.watchedFraction).toBeLessThan(1);
    expect(world.diagnosis.coverageOf('nobody', { startMs: 0, endMs: 1 })).toBeUndefined();
  });
});

describe('restart in the middle of a storm', () => {
  it.each([1, 3, 6, 9])('after %i s changes nothing', (at) => {
    const jobs = [job('own', ['host00', 'host10'])];
    const through = new World(leafSpine(4, 2, 4), jobs);
    const restarted = new World(leafSpine(4, 2, 4), jobs);
    through.run(at, storm(0.6, 0.3));
    restarted.run(at, storm(0.6, 0.3));
    restarted.restart();
    for (const world of [through, restarted]) {
      world.run(12 - at, storm(0.6, 0.3));
      world.run(15);
    }
    expect(restarted.diagnosis.incidents()).toEqual(through.diagnosis.incidents());
    const range = { startMs: 0, endMs: 30_000 };
    expect(restarted.diagnosis.impactsOf('own', range)).toEqual(through.diagnosis.impactsOf('own', range));
    expect(through.diagnosis.incidents()[0]).toMatchObject({ startMs: 0, endMs: 12_000 });
  });
});
