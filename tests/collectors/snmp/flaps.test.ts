import { afterEach, describe, expect, it } from 'vitest';
import { createNormaliser } from '../../../lib/counters/index.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { column } from '../../../lib/samples/frame.ts';
import { interfaces, system } from './devices.ts';
import { FakeAgent, object } from './fake-agent.ts';
import { counterOf, createSource, Recorder, running } from './recorder.ts';

const UPTIME = '1.3.6.1.2.1.1.3.0';
const LAST_CHANGE = '1.3.6.1.2.1.2.2.1.9';

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

/** Polls a switch of two ports; before each poll its uptime and the ports' last changes are set. */
async function poll(
  steps: readonly [uptime: number, lastChanges: readonly [number, number]][],
): Promise<ReadingFrame[]> {
  const agent = await FakeAgent.start([
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces([1, 2].map((ifIndex) => ({ ifIndex, name: `Ethernet1/${ifIndex}` }))),
  ]);
  agents.push(agent);
  const set = ([uptime, changes]: (typeof steps)[number]): void => {
    agent.set(object(UPTIME, '67', String(uptime)));
    for (const [p, ticks] of changes.entries()) agent.set(object(`${LAST_CHANGE}.${p + 1}`, '67', String(ticks)));
  };
  set(steps[0]!);
  const recorder = new Recorder();
  const frames: ReadingFrame[] = [];
  await running(createSource(recorder, agent.address, { interval: '100ms' }), async () => {
    for (const step of steps) {
      set(step);
      const isOfStep = ({ uptimeMs }: ReadingFrame): boolean => uptimeMs === step[0] * 10;
      // The second reading of a step is wholly of it.
      await recorder.until(() => recorder.frames.filter(isOfStep).length >= 2);
      frames.push(recorder.frames.filter(isOfStep)[1]!);
    }
  });
  return frames;
}

const flapsOf = (frames: readonly ReadingFrame[], port: string) =>
  frames.map((frame) => counterOf(frame, 'linkDowns', port));

describe('a link that is down between two polls only', () => {
  it('is seen by its last change, and the interval tells it as down', async () => {
    const frames = await poll([
      [100_000, [500, 500]],
      [100_200, [500, 100_120]],
      [100_400, [500, 100_120]],
    ]);
    expect(flapsOf(frames, 'Ethernet1/1')).toEqual([0n, 0n, 0n]);
    expect(flapsOf(frames, 'Ethernet1/2')).toEqual([0n, 1n, 1n]);
    const normaliser = createNormaliser();
    const up = frames.map((frame) => {
      const columns = normaliser.advance(frame).frames.map((one) => column(one, 'linkUp') ?? []);
      return [...(columns[0] ?? [])];
    });
    expect(up[1]).toEqual([1, 0]);
    expect(up[2]).toEqual([1, 1]);
  });

  it.each([
    [
      'that works it out anew and is a little off each time',
      [
        [500, 501],
        [499, 500],
        [501, 499],
      ],
    ],
    [
      'whose last changes are of another clock',
      [
        [2_185_959_906, 5],
        [2_185_959_999, 6],
        [2_185_960_100, 7],
      ],
    ],
    [
      'that always answers 0',
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ],
  ] as const)('is not made up by an agent %s', async (_, changes) => {
    const frames = await poll(changes.map((pair, i) => [100_000 + i * 200, pair]));
    expect(flapsOf(frames, 'Ethernet1/1')).toEqual([0n, 0n, 0n]);
    expect(flapsOf(frames, 'Ethernet1/2')).toEqual([0n, 0n, 0n]);
  });

  it('is not made up by a restart', async () => {
    const frames = await poll([
      [100_000, [500, 500]],
      [300, [150, 150]],
      [500, [150, 150]],
    ]);
    expect(flapsOf(frames.slice(1), 'Ethernet1/1')).toEqual([0n, 0n]);
  });
});
