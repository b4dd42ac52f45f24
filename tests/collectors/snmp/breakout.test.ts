import { afterEach, describe, expect, it } from 'vitest';
import { createNormaliser } from '../../../lib/counters/index.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { column } from '../../../lib/samples/frame.ts';
import { type FakeInterface, interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent, type FakeObject, object } from './fake-agent.ts';
import { counterOf, createSource, Recorder, running } from './recorder.ts';

const CISCO_PFC = '1.3.6.1.4.1.9.9.813.1.2.1';
const TABLE_LAST_CHANGE = '1.3.6.1.2.1.31.1.5.0';
const MAX_BYTES_PER_SEC = 400e9 / 8;

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

function leaf(ports: readonly FakeInterface[], changedTicks: number): FakeObject[] {
  return [
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    object(TABLE_LAST_CHANGE, '67', String(changedTicks)),
    ...interfaces(ports),
    ...table(CISCO_PFC, [2, 3], priorityIndexes(ports.map(({ ifIndex }) => ifIndex)), () => 5),
  ];
}

/** Rates of all frames by port, with those that could not be told left out. */
function rates(frames: readonly ReadingFrame[]): Map<string, number[]> {
  const normaliser = createNormaliser();
  const byPort = new Map<string, number[]>();
  for (const reading of frames) {
    for (const frame of normaliser.advance(reading).frames) {
      for (const [p, rate] of (column(frame, 'rxBytesPerSec') ?? []).entries())
        if (!Number.isNaN(rate)) byPort.set(frame.ports[p]!, [...(byPort.get(frame.ports[p]!) ?? []), rate]);
    }
  }
  return byPort;
}

describe('ports that come and go while they are polled', () => {
  it('keep their own counters through a breakout, also where an index is used again', async () => {
    const whole = { ifIndex: 2, name: 'Ethernet1/2', rxBytes: 2n ** 50n };
    const stays = { ifIndex: 1, name: 'Ethernet1/1', rxBytes: 5000n };
    const agent = await FakeAgent.start(leaf([stays, whole], 1));
    agents.push(agent);
    const recorder = new Recorder();
    const hasPort = (name: string) => (): boolean => recorder.frames.at(-1)!.ports.includes(name);
    await running(createSource(recorder, agent.address, { discovery: '60ms' }), async () => {
      await recorder.until(() => recorder.frames.length >= 2);
      const parts = [1, 2, 3, 4].map((n) => ({
        ifIndex: 20 + n,
        name: `Ethernet1/2/${n}`,
        speedMbps: 100_000,
        rxBytes: BigInt(n),
      }));
      agent.load(leaf([stays, ...parts], 2));
      await recorder.until(hasPort('Ethernet1/2/4'));
      // Another port gets the index that the broken out one had, far behind its count.
      agent.load(leaf([stays, { ifIndex: 2, name: 'Ethernet1/3', rxBytes: 77n }, ...parts], 3));
      await recorder.until(hasPort('Ethernet1/3'));
      const from = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > from + 3);
    });
    const last = recorder.frames.at(-1)!;
    expect([...last.ports].sort()).toEqual([
      'Ethernet1/1',
      'Ethernet1/2/1',
      'Ethernet1/2/2',
      'Ethernet1/2/3',
      'Ethernet1/2/4',
      'Ethernet1/3',
    ]);
    expect(counterOf(last, 'rxBytes', 'Ethernet1/3')).toBe(77n);
    expect(counterOf(last, 'rxBytes', 'Ethernet1/2/3')).toBe(3n);
    expect(last.linkRateBitsPerSec[last.ports.indexOf('Ethernet1/2/3')]).toBe(100e9);
    // Nobody gets the difference of two ports' counters, and who stays loses little: a discovery that the change has
    // overtaken may have found half of it.
    const found = rates(recorder.frames);
    for (const list of found.values()) for (const rate of list) expect(rate).toBeLessThanOrEqual(MAX_BYTES_PER_SEC);
    expect(found.get('Ethernet1/3')!.every((rate) => rate === 0)).toBe(true);
    expect(found.get('Ethernet1/1')!.length).toBeGreaterThan(recorder.frames.length / 2);
  });

  it('whose rows vanish from one table are missing there alone, and back when they are', async () => {
    const list = [1, 2, 3].map((ifIndex) => ({ ifIndex, name: `Ethernet1/${ifIndex}` }));
    const agent = await FakeAgent.start(leaf(list, 1));
    agents.push(agent);
    const recorder = new Recorder();
    const seen = (port: string) => counterOf(recorder.frames.at(-1)!, 'rxPauseFrames', port, 3);
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length >= 2);
      for (const p of [0, 1, 2, 3, 4, 5, 6, 7]) agent.remove(`${CISCO_PFC}.3.2.${p}`);
      await recorder.until(() => seen('Ethernet1/2') === undefined);
      expect([seen('Ethernet1/1'), seen('Ethernet1/3')]).toEqual([5n, 5n]);
      expect(counterOf(recorder.frames.at(-1)!, 'rxBytes', 'Ethernet1/2')).toBe(1000n);
      agent.load(leaf(list, 1));
      await recorder.until(() => seen('Ethernet1/2') === 5n);
    });
  });
});
