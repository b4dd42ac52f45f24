import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PORT_COUNTERS } from '../../../demo/fabric/counters.ts';
import { Network } from '../../../demo/fabric/network.ts';
import { DEFAULT_NETWORK, STRETCH, TICK_MS } from '../../../demo/fabric/settings.ts';
import { buildTopology, pathBetween } from '../../../demo/fabric/topology.ts';

const topology = buildTopology({
  leaves: 2,
  spines: 2,
  hostsPerLeaf: 3,
  hostRateBitsPerSec: 100e9,
  uplinkRateBitsPerSec: 100e9,
});
const host = (index: number): number => topology.hosts[index]!;
const path = (from: number, to: number, spine = 0): number[] =>
  pathBetween(topology, host(from), host(to), topology.spines[spine]!);

function network(): Network {
  return new Network(topology, DEFAULT_NETWORK, 4);
}

describe('the fluid network', () => {
  it('delivers exactly what was asked for, at line rate', () => {
    const net = network();
    const flow = net.flows.add(path(0, 3));
    net.flows.credit[flow] = 12.5e6 * 100;
    for (let tick = 0; tick < 100 / TICK_MS + 4; tick++) net.tick();
    expect(net.flows.delivered[flow]).toBeCloseTo(12.5e6 * 100, 0);
    expect(net.counters.txBytes[topology.devices[host(0)]!.ports[0]!]).toBeCloseTo(12.5e6 * 100, 0);
  });

  it('loses and makes no byte, whatever flows, losses and storms there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(1), fc.integer({ min: 1, max: 400 })), { maxLength: 12 }),
        fc.nat(topology.ports.length - 1),
        fc.boolean(),
        (wanted, lossy, storm) => {
          const net = network();
          net.lossFraction[lossy] = 0.01;
          for (const [from, to, spine, ms] of wanted) {
            if (from === to) continue;
            const flow = net.flows.add(path(from, to, spine));
            net.flows.credit[flow] = 12.5e6 * ms;
          }
          for (let tick = 0; tick < 120; tick++) {
            if (storm) net.forcedXoff[topology.devices[host(3)]!.ports[0]!] = tick % 20 < 13 ? 1 : 0;
            net.tick();
          }
          let inFlight = 0;
          for (let flow = 0; flow < net.flows.count; flow++) {
            expect(net.flows.inFlight(flow)).toBeGreaterThan(-1);
            inFlight += net.flows.inFlight(flow);
          }
          expect(net.flows.totalBacklog()).toBeCloseTo(inFlight, 0);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it('counts on both ends of a cable alike, and never backwards', () => {
    const net = network();
    for (let from = 0; from < 5; from++) net.flows.credit[net.flows.add(path(from, 5))] = 1e10;
    const before = new Map(PORT_COUNTERS.map((name) => [name, net.counters[name].slice()]));
    for (let tick = 0; tick < 400; tick++) {
      net.tick();
      for (const name of PORT_COUNTERS) {
        net.counters[name].forEach((value, port) => {
          expect(value).toBeGreaterThanOrEqual(before.get(name)![port]!);
        });
        before.set(name, net.counters[name].slice());
      }
    }
    for (const { index, peer } of topology.ports) {
      expect(net.counters.txPauseUs[index]).toBe(net.counters.rxPauseUs[peer]);
      expect(net.counters.txPauseFrames[index]).toBe(net.counters.rxPauseFrames[peer]);
      expect(net.counters.rxBytes[peer]).toBeCloseTo(net.counters.txBytes[index]!, 0);
    }
  });

  it('pauses nobody while queues are short', () => {
    const net = network();
    net.flows.credit[net.flows.add(path(0, 3))] = 1e10;
    net.flows.credit[net.flows.add(path(1, 4, 1))] = 1e10;
    for (let tick = 0; tick < 400; tick++) net.tick();
    expect(net.counters.txPauseFrames.every((frames) => frames === 0)).toBe(true);
    expect(net.counters.ecnMarkedPackets.every((packets) => packets === 0)).toBe(true);
  });

  it('pauses the senders of a fan-in, hop by hop, and marks at the port where it meets', () => {
    const net = network();
    for (const [from, spine] of [
      [0, 0],
      [1, 1],
      [4, 0],
    ] as const) {
      net.flows.credit[net.flows.add(path(from, 3, spine))] = 1e11;
    }
    for (let tick = 0; tick < 800; tick++) net.tick();
    const edge = topology.ports[topology.devices[host(3)]!.ports[0]!]!.peer;
    expect(net.counters.ecnMarkedPackets[edge]).toBeGreaterThan(0);
    // The receiver itself pauses nobody; its leaf pauses the spine, which pauses the senders' leaf.
    expect(net.counters.rxPauseUs[edge]).toBe(0);
    const paused = topology.ports.filter(({ index }) => net.counters.rxPauseUs[index]! > 0);
    expect(paused.map(({ device }) => topology.devices[device]!.role)).toContain('spine');
    expect(net.counters.drops.every((drops) => drops === 0)).toBe(true);
  });

  it('holds a port for as long as a storm asks and slows an innocent flow that shares its way', () => {
    const run = (storm: boolean): { innocent: number; pausedUs: number } => {
      const net = network();
      const victim = net.flows.add(path(0, 4));
      const toStorm = net.flows.add(path(1, 3));
      net.flows.credit[victim] = 1e11;
      net.flows.credit[toStorm] = 1e11;
      const nic = topology.devices[host(3)]!.ports[0]!;
      for (let tick = 0; tick < 1000; tick++) {
        net.forcedXoff[nic] = storm ? 1 : 0;
        net.tick();
      }
      return { innocent: net.flows.delivered[victim]!, pausedUs: net.counters.txPauseUs[nic]! };
    };
    const calm = run(false);
    const stormy = run(true);
    expect(calm.pausedUs).toBe(0);
    expect(stormy.pausedUs).toBe(1000 * TICK_MS * 1000);
    expect(stormy.innocent).toBeLessThan(0.2 * calm.innocent);
  });

  it('never lets a queue grow past the shared buffer and the bytes in flight when it said stop', () => {
    const net = network();
    for (let from = 0; from < 5; from++) net.flows.credit[net.flows.add(path(from, 5))] = 1e12;
    let worst = 0;
    for (let tick = 0; tick < 2000; tick++) {
      net.tick();
      for (const bytes of net.queue) worst = Math.max(worst, bytes / STRETCH);
    }
    expect(worst).toBeGreaterThan(DEFAULT_NETWORK.ecnMaxBytes);
    expect(worst).toBeLessThan(DEFAULT_NETWORK.switchBufferBytes);
  });

  it('goes its own way after a copy', () => {
    const net = network();
    net.flows.credit[net.flows.add(path(0, 3))] = 1e10;
    for (let tick = 0; tick < 20; tick++) net.tick();
    const copy = net.clone();
    for (let tick = 0; tick < 20; tick++) copy.tick();
    const ahead = copy.flows.delivered[0]!;
    expect(net.flows.delivered[0]).toBeLessThan(ahead);
    for (let tick = 0; tick < 20; tick++) net.tick();
    expect(net.flows.delivered[0]).toBe(ahead);
  });
});
