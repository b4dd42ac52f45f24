import { afterEach, describe, expect, it } from 'vitest';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { type FakeInterface, interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent, type FakeObject } from './fake-agent.ts';
import { counterOf, createSource, Recorder, running } from './recorder.ts';

const CISCO_PFC = '1.3.6.1.4.1.9.9.813.1.2.1';
/** Payload of one Ethernet frame. */
const FRAME_BYTES = 1472;

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

/** A switch whose answers get lost on the way when they are larger than `bytes`. */
async function behindPath(bytes: number, objects: FakeObject[]) {
  const agent = await FakeAgent.start(objects);
  agents.push(agent);
  const sizes: { arrived: number[]; lost: number[] } = { arrived: [], lost: [] };
  agent.behaviour.spoil = (answer) => {
    const isLost = answer.length > bytes;
    (isLost ? sizes.lost : sizes.arrived).push(answer.length);
    return isLost ? null : answer;
  };
  return { agent, sizes };
}

function leaf(ports: number, more: Partial<FakeInterface> = {}): FakeObject[] {
  const list = Array.from({ length: ports }, (_, i) => ({
    ifIndex: i + 1,
    name: `Ethernet1/${i + 1}`,
    rxBytes: 2n ** 60n + BigInt(i),
    ...more,
  }));
  return [
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces(list),
    ...table(CISCO_PFC, [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 2n ** 62n),
  ];
}

const isWhole = (frame: ReadingFrame, ports: number): boolean =>
  frame.ports.every((port) => counterOf(frame, 'rxPauseFrames', port, 7) === 2n ** 62n) && frame.ports.length === ports;

describe('a path that loses large answers', () => {
  it('is found out and kept to, and the device is read whole', async () => {
    const { agent, sizes } = await behindPath(FRAME_BYTES, leaf(64));
    const recorder = new Recorder();
    let lostWhenSettled = 0;
    await running(createSource(recorder, agent.address, { timeout: '60ms', retries: 1 }), async () => {
      await recorder.until(() => recorder.frames.filter((frame) => isWhole(frame, 64)).length >= 4);
      lostWhenSettled = sizes.lost.length;
      const seen = recorder.frames.length;
      await recorder.until(() => recorder.frames.length >= seen + 5);
    });
    // The first reading does not wait for it: discovery asks for no more than a frame holds.
    expect(isWhole(recorder.frames[0]!, 64)).toBe(true);
    expect(sizes.lost.length).toBe(lostWhenSettled);
    expect(recorder.healths.at(-1)!.ports).toBe(64);
  });

  it('is found out by discovery too, where names are longer than expected', async () => {
    // The first rows say nothing of the size of the later ones.
    const long = interfaces(
      Array.from({ length: 14 }, (_, i) => ({ ifIndex: 50 + i, name: 'x'.repeat(250), type: 24 })),
    );
    const { agent, sizes } = await behindPath(FRAME_BYTES, [...leaf(16), ...long]);
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address, { timeout: '60ms', retries: 1 }), () =>
      recorder.until(() => recorder.frames.length > 0),
    );
    expect(isWhole(recorder.frames[0]!, 16)).toBe(true);
    expect(sizes.lost.length).toBeGreaterThan(0);
  });

  it('of half a frame needs a smaller maxAnswerBytes, and then discovery keeps to that as well', async () => {
    const { agent, sizes } = await behindPath(620, leaf(16));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address, { timeout: '60ms', retries: 0, maxAnswerBytes: 600 }), () =>
      recorder.until(() => recorder.frames.some((frame) => isWhole(frame, 16))),
    );
    expect(Math.max(...sizes.arrived)).toBeLessThanOrEqual(620);
  });
});
