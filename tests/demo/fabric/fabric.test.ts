import { describe, expect, it } from 'vitest';
import { PORT_COUNTERS } from '../../../demo/fabric/counters.ts';
import type { Fabric } from '../../../demo/fabric/fabric.ts';
import { DEFAULT_STRENGTH, edgePortOf, type Fault, type FaultKind } from '../../../demo/fabric/faults.ts';
import { placeFault } from '../../../demo/fabric/placement.ts';
import { durations, freshFabric, runFor } from './small-cluster.ts';

function fault(kind: FaultKind, extra: Partial<Fault> = {}): Fault {
  return { id: 0, kind, startMs: 20_000, endMs: 40_000, strength: DEFAULT_STRENGTH[kind], ...extra };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function counterSums(fabric: Fabric): number[] {
  return PORT_COUNTERS.flatMap((name) => [...fabric.network.counters[name]]);
}

describe('a run of the fabric', () => {
  it('is the same, byte for byte, for the same seed, and another for another', () => {
    const one = freshFabric(5).fabric;
    const two = freshFabric(5).fabric;
    const other = freshFabric(6).fabric;
    const steps = [one, two, other].map((fabric) => runFor(fabric, 20_000));
    expect(steps[1]).toEqual(steps[0]);
    expect(counterSums(two)).toEqual(counterSums(one));
    expect(steps[2]).not.toEqual(steps[0]);
  });

  it('does the same in one go as in small advances', () => {
    const whole = freshFabric(5).fabric;
    const pieces = freshFabric(5).fabric;
    whole.advance(9000);
    for (let at = 7; at <= 9000; at += 7) pieces.advance(at);
    pieces.advance(9000);
    expect(counterSums(pieces)).toEqual(counterSums(whole));
  });

  it('trains in steps that last alike while nothing is wrong, and start together', () => {
    const steps = runFor(freshFabric().fabric, 60_000);
    for (const job of [0, 1]) {
      const lasted = durations(steps, job).slice(2);
      expect(lasted.length).toBeGreaterThan(12);
      const middle = median(lasted);
      expect(lasted.filter((ms) => Math.abs(ms / middle - 1) < 0.25).length).toBeGreaterThan(0.9 * lasted.length);
    }
    for (const step of steps) {
      expect(Math.max(...step.ranks.map((rank) => rank.endMs))).toBe(step.endMs);
      for (const rank of step.ranks) {
        expect(rank.computeEndMs).toBeGreaterThan(step.startMs);
        expect(rank.endMs).toBeGreaterThan(rank.computeEndMs);
      }
    }
  });

  it('copies into a run that ends the same', () => {
    const { fabric } = freshFabric();
    fabric.advance(12_345);
    const copy = fabric.clone();
    fabric.advance(30_000);
    copy.advance(30_000);
    expect(counterSums(copy)).toEqual(counterSums(fabric));
  });

  it('lets a host-facing port be paused by a fault only', () => {
    const { fabric, cluster } = freshFabric(3, { backgroundLoad: 0.5 });
    fabric.advance(40_000);
    for (const host of cluster.topology.hosts) {
      expect(fabric.network.counters.rxPauseUs[edgePortOf(cluster.topology, host)]).toBe(0);
    }
  });
});

describe('a fault', () => {
  const slowing: FaultKind[] = [
    'pause-storm',
    'slow-receiver',
    'incast',
    'link-degraded',
    'ecmp-collision',
    'link-flap',
    'packet-loss',
    'pfc-deadlock',
    'compute-straggler',
    'data-stall',
    'checkpoint',
  ];
  for (const kind of slowing) {
    it(`${kind} slows the job at it while it lasts, and afterwards all is well`, () => {
      const { fabric, cluster } = freshFabric(2);
      const placement = placeFault(cluster, kind, 2, 0, { job: 0 });
      fabric.addFault(fault(kind, { ...placement, ...(kind === 'checkpoint' ? { endMs: 24_000 } : {}) }));
      const steps = runFor(fabric, 66_000).filter((step) => step.job === 0);
      const lasts = (from: number, to: number): number[] =>
        durations(
          steps.filter((step) => step.startMs >= from && step.startMs < to),
          0,
        );
      const before = median(lasts(6000, 17_000));
      const during = Math.max(...lasts(17_000, 40_000));
      const after = median(lasts(46_000, 66_000));
      // Uplinks here have twice the capacity that a collision needs to hurt much.
      expect(during).toBeGreaterThan((kind === 'ecmp-collision' ? 1.05 : 1.15) * before);
      expect(after).toBeLessThan(1.1 * before);
    });
  }

  it('pause-storm holds the edge port for its share of the time', () => {
    const { fabric, cluster } = freshFabric();
    const host = cluster.tenantHosts[0]!;
    fabric.addFault(fault('pause-storm', { host, strength: 0.65 }));
    fabric.advance(41_000);
    const pausedUs = fabric.network.counters.rxPauseUs[edgePortOf(cluster.topology, host)]!;
    expect(pausedUs / 20e6).toBeGreaterThan(0.6);
    expect(pausedUs / 20e6).toBeLessThan(0.7);
  });

  it('compute-straggler and data-stall leave the network alone', () => {
    for (const kind of ['compute-straggler', 'data-stall'] as const) {
      const { fabric, cluster } = freshFabric();
      fabric.addFault(fault(kind, placeFault(cluster, kind, 1, 0, { job: 0 })));
      fabric.advance(45_000);
      const edges = cluster.topology.hosts.map((host) => edgePortOf(cluster.topology, host));
      expect(edges.every((port) => fabric.network.counters.rxPauseUs[port] === 0)).toBe(true);
    }
  });

  it('link-degraded shows the lower rate and gives the old one back', () => {
    const { fabric, cluster } = freshFabric();
    const placement = placeFault(cluster, 'link-degraded', 1, 0);
    fabric.addFault(fault('link-degraded', placement));
    fabric.advance(25_000);
    const nominal = fabric.network.nominalRate[placement.port!]!;
    expect(fabric.network.rate[placement.port!]).toBe(nominal * 0.25);
    fabric.advance(41_000);
    expect(fabric.network.rate[placement.port!]).toBe(nominal);
  });

  it('packet-loss counts drops at the port and retries at the ends, and every byte arrives', () => {
    const { fabric, cluster } = freshFabric();
    const placement = placeFault(cluster, 'packet-loss', 1, 0);
    fabric.addFault(fault('packet-loss', placement));
    fabric.advance(45_000);
    const { drops, outOfSequence } = fabric.network.counters;
    expect(drops[placement.port!]).toBeGreaterThan(100);
    expect(drops.filter((count) => count > 0)).toHaveLength(1);
    expect(outOfSequence.some((count) => count > 0)).toBe(true);
  });

  it('pfc-deadlock stops a ring of four ports for good until it is broken', () => {
    const { fabric, cluster } = freshFabric(2);
    const added = fabric.addFault(fault('pfc-deadlock', placeFault(cluster, 'pfc-deadlock', 2, 0)));
    fabric.advance(30_000);
    const before = fabric.network.counters.txBytes.slice();
    fabric.advance(34_000);
    const stuck = cluster.topology.ports.filter(
      ({ index }) => fabric.network.queue[index]! > 0 && fabric.network.counters.txBytes[index] === before[index],
    );
    const ringDevices = [...added.ring!.leaves, ...added.ring!.spines];
    for (const device of ringDevices) expect(stuck.map((port) => port.device)).toContain(device);
  });

  it('gives its flows back when it is forgotten, and nothing is lost or left over', () => {
    const { fabric, cluster } = freshFabric(4);
    const place = placeFault(cluster, 'incast', 4, 0, { job: 0 });
    const flows = fabric.network.flows.count;
    for (let id = 0; id < 5; id++) {
      fabric.addFault({ ...fault('incast', place), id, startMs: 1000 + id * 6000, endMs: 3000 + id * 6000 });
      fabric.advance(6000 * (id + 1));
      fabric.forget(fabric.nowMs - 1000);
    }
    expect(fabric.faults).toEqual([]);
    expect(fabric.network.flows.count).toBe(flows + (place.senders?.length ?? 0));
    const { network } = fabric;
    const inFlight = Array.from({ length: network.flows.count }, (_, flow) => network.flows.inFlight(flow));
    expect(network.flows.totalBacklog()).toBeCloseTo(
      inFlight.reduce((sum, bytes) => sum + bytes, 0),
      0,
    );
  });

  it('leaves no trace in a copy made without it', () => {
    const { fabric, cluster } = freshFabric(4);
    fabric.addFault(fault('incast', placeFault(cluster, 'incast', 4, 0, { job: 0 })));
    fabric.addFault({ ...fault('ecmp-collision', placeFault(cluster, 'ecmp-collision', 4, 1)), id: 1 });
    fabric.advance(19_000);
    const without = fabric.clone(new Set([0, 1]));
    const never = freshFabric(4).fabric;
    never.advance(19_000);
    expect(runFor(without, 60_000)).toEqual(runFor(never, 60_000));
  });
});
